"""Claude Code's settings, layer by layer: the one reader of them and of its state (hot path).

The layers are those of the client, strongest first: managed, `--settings`, local, project, user.
What cannot be read, is too long or no JSON object has no content: nothing in it is believed, and a
caller takes it for whatever would be worse.
"""

from __future__ import annotations

import os
import stat
import sys

from cheaproute import client, fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The client passes over a settings file of some megabytes; the state file holds a long history.
LIMIT_BYTES = 2_000_000
STATE_BYTES = 64_000_000
MANAGED_DIR = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": "C:\\Program Files\\ClaudeCode",
}.get(sys.platform, "/etc/claude-code")
OPTION = "monthly_cap_usd"
OPTION_VARIABLE = "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"
_LOCAL, _SHARED = "settings.local.json", "settings.json"


class Layer:
    """One settings file: which layer it is of, where it is, and what it says; None: no telling."""

    __slots__ = ("content", "name", "path")

    def __init__(self, name: str, path: str, content: dict[str, object] | None) -> None:
        self.name = name
        self.path = path
        self.content = content


def layers(env: Mapping[str, str], cwd: str, client_pid: int = 0) -> Iterator[Layer]:
    """The layers that exist for a session in `cwd`, strongest first; of that client (0: ours)."""
    for path in _managed(env):
        yield from _layer("managed", path)
    yield from _flag(client_pid or client.shown())
    project = env.get("CLAUDE_PROJECT_DIR") or cwd
    users = user_file(env)
    for place in (project, main_checkout(project)) if project else ():
        if place:
            yield from _layer("local", os.path.join(place, ".claude", _LOCAL))
    shared = os.path.join(project, ".claude", _SHARED)
    if project and os.path.realpath(shared) != os.path.realpath(users):
        yield from _layer("project", shared)
    yield from _layer("user", users)


def user_file(env: Mapping[str, str]) -> str:
    """The user's settings.json."""
    return os.path.join(paths.claude_dir(env), _SHARED)


def user(env: Mapping[str, str]) -> dict[str, object]:
    """What the user's own settings say; {} where there are none, or none that can be read."""
    return read(user_file(env)) or {}


def project_files(env: Mapping[str, str], cwd: str) -> Iterator[str]:
    """Every settings file that a project around `cwd` could have: the client looks in fewer."""
    users = paths.identity(paths.claude_dir(env))
    places = (cwd, env.get("CLAUDE_PROJECT_DIR", ""), cwd_of(client.shown()))
    starts = [one for one in places if one]
    walked: set[str] = set()
    seen = set()
    for directory in dict.fromkeys(starts + [os.path.realpath(start) for start in set(starts)]):
        for above in upwards(directory, walked):
            place = os.path.join(above, ".claude")
            if place in seen or not (os.path.isdir(place) or os.path.islink(place)):
                continue
            seen.add(place)
            if users is None or paths.identity(place) != users:
                yield from (os.path.join(place, name) for name in (_SHARED, _LOCAL))


def state(env: Mapping[str, str]) -> dict[str, object]:
    """What the client keeps in `.claude.json`; {} where it cannot be read."""
    return known_state(env) or {}


def known_state(env: Mapping[str, str]) -> dict[str, object] | None:
    """The same; None where it cannot be read, {} where there is none."""
    return read(state_file(env), STATE_BYTES)


def state_file(env: Mapping[str, str]) -> str:
    """Where the client keeps its state."""
    return os.path.join(env.get("CLAUDE_CONFIG_DIR") or paths.home(env), ".claude.json")


def credentials(env: Mapping[str, str]) -> dict[str, object]:
    """The login that the client keeps in a file; {} where it has none."""
    return read(os.path.join(paths.claude_dir(env), ".credentials.json")) or {}


def option_given(env: Mapping[str, str]) -> dict[str, str]:
    """The option's value by install, as the client hands it to a hook (a module: without name)."""
    if OPTION_VARIABLE not in env:
        return {}
    name = env.get("CLAUDE_PLUGIN_DATA", "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    told = {name: env[OPTION_VARIABLE]}
    return told if name else {n: v for n, v in options(env).items() if v == told[""]} or told


def options(env: Mapping[str, str]) -> dict[str, str]:
    """The plugin's option by install, each named as its `CLAUDE_PLUGIN_DATA` directory is.

    Claude Code takes it from the user's settings only; a project's are not looked at.
    """
    return options_in(user(env))


def options_in(content: dict[str, object]) -> dict[str, str]:
    """The same in the content of a settings file."""
    installs = content.get("pluginConfigs")
    found: dict[str, str] = {}
    for name, config in installs.items() if isinstance(installs, dict) else ():
        said = config.get("options") if isinstance(config, dict) else None
        if name.partition("@")[0] == paths.APP and isinstance(said, dict) and OPTION in said:
            found[name.replace("@", "-")] = str(said[OPTION])
    return found


def variables(content: dict[str, object]) -> dict[str, str]:
    """The `env` of a settings file."""
    env = content.get("env")
    return {name: str(value) for name, value in env.items()} if isinstance(env, dict) else {}


def read(path: str, limit: int = LIMIT_BYTES) -> dict[str, object] | None:
    """The object in the file at `path`, {} where there is no file; None where there is no telling.

    A byte order mark is no part of it. What is no regular file is not opened, and says nothing.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return {}
        return parsed(fastjson.content(path, limit))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        return None


def parsed(raw: bytes) -> dict[str, object] | None:
    """The object in `raw`; None where it is none."""
    try:
        content = fastjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def main_checkout(directory: str) -> str:
    """Where `directory` is a linked git worktree: its main checkout, "" where it is none."""
    git = os.path.join(directory, ".git")
    try:
        if not stat.S_ISREG(os.stat(git).st_mode):
            return ""
        with open(git, "rb") as file:
            pointer = os.fsdecode(file.read(4096)).strip()
    except (OSError, ValueError):  # ValueError: no path at all
        return ""
    link = os.path.join(os.path.dirname(git), pointer.removeprefix("gitdir:").strip())
    main, found, _ = link.replace("\\", "/").rpartition("/.git/worktrees/")
    return main if found else ""


def _layer(name: str, path: str) -> Iterator[Layer]:
    content = read(path)
    if content != {}:
        yield Layer(name, path, content)


def _managed(env: Mapping[str, str]) -> Iterator[str]:
    yield os.path.join(MANAGED_DIR, "managed-settings.json")
    more = os.path.join(MANAGED_DIR, "managed-settings.d")
    try:
        yield from (os.path.join(more, name) for name in sorted(os.listdir(more)))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError:
        yield more  # which cannot be read: no telling
    yield os.path.join(paths.claude_dir(env), "remote-settings.json")


def _flag(pid: int) -> Iterator[Layer]:
    """What `--settings` of the client above us says: a file, or JSON itself."""
    from cheaproute.client import command_line

    words = command_line.told(pid)
    if words is None:
        yield Layer("flag", "--settings", None)
        return
    for number, word in enumerate(words):
        option, found, value = word.partition("=")
        if option != "--settings":
            continue
        value = value if found else (words[number + 1] if number + 1 < len(words) else "")
        if value.lstrip().startswith("{"):
            content = parsed(value.encode("utf-8", "replace"))
            yield Layer("flag", "--settings", content)
        elif value:
            path = os.path.expanduser(value)
            path = path if os.path.isabs(path) else os.path.join(command_line.directory(pid), path)
            content = read(path) if os.path.isabs(path) else None
            yield Layer("flag", path, content or None)


def cwd_of(pid: int) -> str:
    """Where process `pid` of /proc works; "" where that cannot be seen."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def upwards(directory: str, walked: set[str]) -> Iterator[str]:
    """`directory`, those above it, and the main checkout where it is a linked git worktree.

    Ends where a walk before has been: `walked` is added to.
    """
    while directory not in walked:
        walked.add(directory)
        yield directory
        main = main_checkout(directory)
        if main:
            yield main
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above
