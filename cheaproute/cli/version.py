"""The one version: the plugin manifest's."""

from __future__ import annotations

import json
import os

from cheaproute.config import paths


def version() -> str:
    """The manifest's version; a wheel, which has no manifest, was stamped with it when built."""
    try:
        with open(
            os.path.join(paths.ROOT, ".claude-plugin", "plugin.json"), encoding="utf-8"
        ) as file:
            manifest = json.load(file)
        if manifest["name"] == "cheaproute":
            return str(manifest["version"])
    except (OSError, ValueError, KeyError):
        pass
    from importlib import metadata

    try:
        return metadata.version("cheaproute")
    except metadata.PackageNotFoundError:
        return "unknown"
