"""What kept a plugin's hooks out of a session, as far as its folder's settings tell."""

from __future__ import annotations

import os

from cheaproute import fastjson

_FILES = (".claude/settings.local.json", ".claude/settings.json")
# The client passes over a longer file.
_MOST_BYTES = 1 << 20
_OPTIONS = "--bare, --safe-mode or --setting-sources, or a variable like them"


def kept_out(place: str) -> str:
    """The switch that keeps hooks out of sessions in the directory `place`, as a person names it.

    Where no file of the folder has one, it was an option or a variable of that session's.
    """
    for name in _FILES:
        path = os.path.join(place, name)
        try:
            with open(path, "rb") as file:
                content = fastjson.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            continue
        if not isinstance(content, dict):
            continue
        if content.get("disableAllHooks") is True:
            return f"disableAllHooks in {path}"
        plugins = content.get("enabledPlugins")
        if isinstance(plugins, dict) and any(
            key.partition("@")[0] == "cheaproute" and value is False
            for key, value in plugins.items()
        ):
            return f"enabledPlugins in {path}"
    return _OPTIONS
