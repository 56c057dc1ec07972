"""What kept a plugin's hooks out of a session, as far as its folder's settings tell."""

from __future__ import annotations

import os

from cheaproute import escape
from cheaproute.client import settings

_FILES = (".claude/settings.local.json", ".claude/settings.json")
# The client passes over a longer file.
_MOST_BYTES = 1 << 20
# Obeyed by the system's loader, or by its shell, before a hook's first line.
_LOADER = ("LD_", "DYLD_", "MALLOC_", "GLIBC_TUNABLES", "LOCPATH", "SHELLOPTS")
# Linux starts no program that is handed a variable of 128 kB, or 2 MB of them.
_MOST_CHARS = 120_000
# No program can be handed a NUL; 2.1.139 tries to, so that it starts none (2.1.270 tries no more).
_NUL = "\0"
_HOOKS, _PLUGINS = "disableAllHooks in ", "enabledPlugins in "
_ENABLED = '"enabledPlugins" with cheaproute@... true'
_ELSE = "none is needed if the plugin was off then; else start sessions there without them"


def kept_out(place: str) -> str:
    """The switch that keeps hooks out of sessions in the directory `place`, as a person names it.

    "" where no file of the folder has one: the plugin was off, or it was an option or a variable of
    that session's. What the user's own file there says goes over the project's, key by key.
    """
    hooks_said, plugins_said, before = False, set(), ""
    for name in _FILES:
        path = os.path.join(place, name)
        content = settings.read(path, _MOST_BYTES) or {}
        off = content.get("disableAllHooks")
        if off is True and not hooks_said:
            return _HOOKS + path
        hooks_said = hooks_said or off is False
        plugins = content.get("enabledPlugins")
        for key, value in plugins.items() if isinstance(plugins, dict) else ():
            ours = key.partition("@")[0] == "cheaproute"
            if ours and value is False and key not in plugins_said:
                return f"{_PLUGINS}{path}"
            plugins_said.add(key)
        for key in before_all(content.get("env"))[:1]:
            before = before or f"{key} in {path}"
    return before


def before_all(variables: object) -> list[str]:
    """Which of a settings file's `env` act on a hook before it begins, as a person names them.

    The loader obeys some; the longest is one where they are more than a program can be handed, and
    one with a NUL in it is where the client hands that on: then none may begin.
    """
    if not isinstance(variables, dict):
        return []
    names = [escape.name(name) for name in variables if name.startswith(_LOADER)]
    names += [
        f"{escape.name(name)} (with a NUL)"
        for name, value in variables.items()
        if _NUL in name or _NUL in str(value)
    ]
    sizes = {name: len(name) + len(str(value)) for name, value in variables.items()}
    if sum(sizes.values()) > _MOST_CHARS:
        longest = escape.name(max(sizes, key=lambda name: sizes[name]))
        names += [] if longest in names else [longest]
    return names


def way_back(why: str) -> str:
    """What turns the hooks on again where `why` (see `kept_out`) kept them out."""
    for head, word in ((_HOOKS, '"disableAllHooks": false'), (_PLUGINS, _ENABLED)):
        if why.startswith(head):
            path = why.removeprefix(head)
            own = os.path.join(os.path.dirname(path), os.path.basename(_FILES[0]))
            return f"remove it from {path}" if path == own else f"{word} in {own} goes over it"
    _, _, path = why.partition(" in ")
    if path:
        return f"remove it from {path}, unless you put it there"
    return _ELSE
