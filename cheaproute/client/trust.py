"""What of the environment is the user's word, and what a repository put there (hot path).

Claude Code hands the `env` of a project's `.claude/settings.json` and `settings.local.json` on to
hooks (seen on 2.1.330; HOME, XDG_* and CLAUDE_CONFIG_DIR it keeps back). So a repository one opens
could name another ledger, a higher cap or the off switch. A variable of ours that such a file sets
is therefore not believed; what the user had said in its place is.
"""

from __future__ import annotations

import os
import stat

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The option's own value, where the user set one, beats the environment; else this could raise it.
OURS = ("CHEAPROUTE_", "CLAUDE_PLUGIN_OPTION_")
_FILES = ("settings.json", "settings.local.json")


def environment(env: Mapping[str, str], cwd: str) -> Mapping[str, str]:
    """`env` as the user means it; `env` itself, at no cost, where none of it concerns us."""
    taken = foreign(env, cwd)
    if not taken:
        return env
    clean = {name: value for name, value in env.items() if name not in taken}
    said = _user_said(env)
    return clean | {name: said[name] for name in taken if name in said}


def foreign(env: Mapping[str, str], cwd: str) -> set[str]:
    """The names of our variables in `env` that a project's settings set."""
    ours = {name for name in env if name.startswith(OURS)}
    if not ours:
        return set()
    taken: set[str] = set()
    for path in _settings(env, cwd):
        taken |= _sets(path, ours)
    return taken


def _settings(env: Mapping[str, str], cwd: str) -> Iterator[str]:
    """Every settings file that a project around `cwd` could have: the client looks in fewer."""
    users = os.path.realpath(paths.claude_dir(env))
    seen = set()
    for start in (cwd, env.get("CLAUDE_PROJECT_DIR", "")):
        for directory in (start, os.path.realpath(start)) if start else ():
            for above in _upwards(directory):
                place = os.path.join(above, ".claude")
                if place in seen or not os.path.isdir(place):
                    continue
                seen.add(place)
                if os.path.realpath(place) != users:
                    yield from (os.path.join(place, name) for name in _FILES)


def _upwards(directory: str) -> Iterator[str]:
    """`directory`, those above it, and the main checkout where it is a linked git worktree."""
    while True:
        yield directory
        main = _main_checkout(os.path.join(directory, ".git"))
        if main:
            yield main
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above


def _main_checkout(git: str) -> str:
    try:
        if not stat.S_ISREG(os.stat(git).st_mode):
            return ""
        with open(git, "rb") as file:
            pointer = os.fsdecode(file.read(4096)).strip()
    except OSError:
        return ""
    link = os.path.join(os.path.dirname(git), pointer.removeprefix("gitdir:").strip())
    main, found, _ = link.replace("\\", "/").rpartition("/.git/worktrees/")
    return main if found else ""


def _sets(path: str, names: set[str]) -> set[str]:
    """Those of `names` that the settings file sets; all of them where it cannot be understood."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return set()
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return set()
    try:
        content = fastjson.loads(raw)
    except (ValueError, RecursionError):
        return set(names)
    env = content.get("env") if isinstance(content, dict) else None
    if not isinstance(env, dict):
        return set()
    # Windows does not tell variables apart by case.
    said = {name.upper() for name in env} if os.name == "nt" else set(env)
    return names & said


def _user_said(env: Mapping[str, str]) -> dict[str, str]:
    """Our variables as the client was started with them, or as the user's own settings have them.

    The first is known where there is a /proc: a hook's parent is the client.
    """
    said: dict[str, str] = {}
    try:
        with open(f"/proc/{os.getppid()}/environ", "rb") as file:
            for pair in file.read().split(b"\0"):
                name, _, value = os.fsdecode(pair).partition("=")
                said[name] = value
    except OSError:
        pass
    try:
        with open(os.path.join(paths.claude_dir(env), "settings.json"), "rb") as file:
            own = fastjson.loads(file.read())["env"]
        said |= {name: str(value) for name, value in own.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    return said
