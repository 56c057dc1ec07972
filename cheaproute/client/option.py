"""The plugin's option as Claude Code keeps it, for the command line, which is not given it."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "monthly_cap_usd"
VARIABLE = "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"


def given(env: Mapping[str, str]) -> dict[str, str]:
    """The option's value by install, as the client hands it to a hook: one or none."""
    if VARIABLE not in env:
        return {}
    place = env.get("CLAUDE_PLUGIN_DATA", "").replace("\\", "/").rstrip("/")
    return {place.rpartition("/")[2]: env[VARIABLE]}


def written(env: Mapping[str, str]) -> dict[str, str]:
    """The option's value by install, each named as its `CLAUDE_PLUGIN_DATA` directory is.

    Claude Code takes it from the user's settings only; a project's are not looked at.
    """
    try:
        with open(os.path.join(paths.claude_dir(env), "settings.json"), "rb") as file:
            installs = fastjson.loads(file.read())["pluginConfigs"]
        return {
            name.replace("@", "-"): str(config["options"][NAME])
            for name, config in installs.items()
            if name.partition("@")[0] == "cheaproute" and NAME in config.get("options", {})
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
