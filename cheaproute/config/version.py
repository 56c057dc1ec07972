"""The one version: the plugin manifest's (hot path)."""

from __future__ import annotations

import os

from cheaproute.config import paths


def version() -> str:
    """The manifest's version; a wheel, which has no manifest, was stamped with it when built."""
    found = of_manifest()
    if found:
        return found
    from importlib import metadata

    try:
        return metadata.version("cheaproute")
    except metadata.PackageNotFoundError:
        return "unknown"


def of_manifest(root: str = paths.ROOT) -> str:
    """The version in the manifest of the plugin at `root`, "" without one: one small read."""
    try:
        with open(os.path.join(root, ".claude-plugin", "plugin.json"), "rb") as file:
            raw = file.read(4096)
    except OSError:
        return ""
    if b'"cheaproute"' not in raw:
        return ""
    value = raw.partition(b'"version"')[2].partition(b":")[2].partition(b'"')[2].partition(b'"')[0]
    return value.decode("ascii", "replace")
