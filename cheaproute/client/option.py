"""The plugin's option as Claude Code keeps it, for the command line, which is not given it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cheaproute.config import paths

NAME = "monthly_cap_usd"


def written(env: Mapping[str, str]) -> dict[str, str]:
    """The option's value by install, each named as its `CLAUDE_PLUGIN_DATA` directory is.

    Claude Code takes it from the user's settings only; a project's are not looked at.
    """
    try:
        with open(os.path.join(paths.claude_dir(env), "settings.json"), "rb") as file:
            installs = json.loads(file.read())["pluginConfigs"]
        return {
            name.replace("@", "-"): str(config["options"][NAME])
            for name, config in installs.items()
            if name.partition("@")[0] == "cheaproute" and NAME in config.get("options", {})
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
