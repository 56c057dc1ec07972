"""What of the environment is the user's word, and what a repository put there (hot path).

Claude Code hands the `env` of a project's `.claude/settings.json` and `settings.local.json` on to
hooks: all of it on 2.1.139; on 2.1.270 and 2.1.332 not the places of HOME, XDG and the client. So a
repository one opens could name another home, a ledger, a program, an index, a host, a credential.
A variable that chooses such a thing is believed where the client itself was started with it, or
where settings have it so that no project writes: the user's, `--settings`, an administrator's.
Where the client's start cannot be seen: if no project's settings around here set its name. What is
not believed gives way to what the user had said.
"""

from __future__ import annotations

import os

from cheaproute import client
from cheaproute.client.watched import WATCHED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# Where the user's things are: taken from the client's start where a project says otherwise.
_PLACES = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR")
_LONGEST = 10_000_000  # the client passes over a longer file
_MOST_BYTES, _MOST_FILES = 4_000_000, 200  # of all around a place: tenths of a second
_CLIENTS, _MOST_ABOVE, _MARK = (b"(claude", b"(claude.exe"), 64, "\0CLAUDECODE="
# Set by the client for hooks, by us for what was typed, by the client for a sandbox's shells.
_OF_THE_CLIENT = ("CLAUDE_ENV_FILE", "CLAUDE_PLUGIN_OPTION_")
_DECIDED = ("CHEAPROUTE_", *_PLACES)  # where one client started another, at once
_OURS = ("CHEAPROUTE_COLUMNS", "CHEAPROUTE_TYPED", "CHEAPROUTE_CONFIRMED")
_OF_A_SANDBOX = ("TMPDIR", "HTTP_", "HTTPS_", "ALL_", "NO_PROXY", "http_", "https_", "all_")
_SHELLS = frozenset(("sh", "dash", "bash", "zsh", "ash", "ksh", "mksh", "busybox", "fish", "env"))


def environment(env: Mapping[str, str], cwd: str, *, in_a_shell: bool = False) -> Mapping[str, str]:
    """`env` as the user means it; `env` itself where all of it is.

    `in_a_shell`: a shell of the client's model started this, in a sandbox perhaps.
    """
    started, others = _started(), _OF_THE_CLIENT + _OURS + _OF_A_SANDBOX * in_a_shell
    *below, topmost = [0] if started is None else _clients(client.pid()) or [0]
    if started is not None and _may_be_nested(topmost):
        from cheaproute.client import ancestry

        env, others = ancestry.of_the_user(env), others + _DECIDED * bool(below)
        started = ancestry.environment(topmost) or started
    doubtful = _doubtful(env, started)
    moved = [] if started is None else _moved(env, started)
    if not doubtful and not moved:
        return env
    said, known = started or {}, {one for one in (*doubtful, *moved) if not one.startswith(others)}
    if known and not _has_all(topmost):
        known = set()
    moved = [name for name in moved if name not in known]
    if moved:
        env = _placed(env, cwd, said, moved)
    from cheaproute.client import settings

    own: Mapping[str, str] = {}
    if known:
        own = _of_no_project(_with_places(env, said, _PLACES), topmost)
    taken = {name for name in known if own.get(name) != env[name]}
    taken |= foreign(env, cwd, [name for name in doubtful if name not in known])
    if not taken:
        return env
    clean = {name: value for name, value in env.items() if name not in taken}
    own = own or settings.variables(settings.user(env))
    for name in taken:
        if name in own:
            clean[name] = own[name]
        elif name in said:
            clean[name] = said[name]
    return clean


def _of_no_project(env: Mapping[str, str], client_pid: int) -> dict[str, str]:
    """The variables that that client's settings set which no project writes, the strongest last."""
    from cheaproute.client import settings

    here = {name: value for name, value in env.items() if name != "CLAUDE_PROJECT_DIR"}
    found: dict[str, str] = {}
    for layer in reversed([*settings.layers(here, "", client_pid)]):
        found |= settings.variables(layer.content or {})
    return found


def _has_all(client_pid: int) -> bool:
    """Whether what that client was started with is all that it has but for what settings say."""
    try:
        return client_pid > 0 and _MARK not in _environ(client_pid)
    except OSError:
        return False


def _moved(env: Mapping[str, str], started: Mapping[str, str]) -> list[str]:
    return [name for name in _PLACES if name in env and env[name] != started.get(name)]


def _with_places(
    env: Mapping[str, str], started: Mapping[str, str], names: Collection[str]
) -> dict[str, str]:
    """`env` with the places `names` as the client was `started` with them."""
    here = {name: value for name, value in env.items() if name not in names}
    return here | {name: started[name] for name in names if name in started}


def _placed(
    env: Mapping[str, str], cwd: str, started: Mapping[str, str], moved: Collection[str]
) -> Mapping[str, str]:
    """`env` with the places `moved` as the client was started with them, if a project names one."""
    from cheaproute.client import settings

    here = _with_places(env, started, moved)
    files = _affordable(settings.project_files(here, cwd), _LONGEST + _MOST_BYTES, _LONGEST)
    if files is None:
        return here
    for path in files:
        said = settings.variables(settings.read(path, _LONGEST) or {})
        if _leads_nowhere(path) or not said.keys().isdisjoint(moved):
            return here
    return env


def foreign(env: Mapping[str, str], cwd: str, names: Iterable[str] | None = None) -> set[str]:
    """Those of `names` (else of all that are watched) that a project's settings set."""
    from cheaproute.client import settings

    names = set(_doubtful(env, None) if names is None else names)
    files = _affordable(settings.project_files(env, cwd)) if names else []
    taken: set[str] = set(names if files is None else ())
    for path in files or ():
        taken |= _sets(path, names)
        if taken == names:
            break
    if not taken:
        return taken
    own = settings.variables(settings.user(env))
    return {name for name in taken if env.get(name) != own.get(name)}


def _affordable(
    files: Iterable[str], room: int = _MOST_BYTES, longest: int = 1 << 62
) -> list[str] | None:
    """These files; None where there is more in them than a hook has the time to read.

    One that is longer than `longest` is left out.
    """
    found = []
    for path in files:
        try:
            size = os.stat(path).st_size
            if size > longest:
                continue
            room -= size
        except FileNotFoundError:
            if not _leads_nowhere(path):
                continue
        except OSError:
            pass
        found.append(path)
        if room < 0 or len(found) > _MOST_FILES:
            return None
    return found


def _leads_nowhere(path: str) -> bool:
    """Whether a link stands there whose end is not seen from here; the client may see one."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return os.path.islink(path) or os.path.islink(os.path.dirname(path))
    except OSError:  # a link to itself: the client sees no end of it either
        pass
    return False


def _started() -> Mapping[str, str] | None:
    """What the client above us was started with; None where that cannot be seen.

    A hook's parent is the client; one that the client started has its mark, or is a shell.
    """
    try:
        raw = _environ(client.pid())
        shell = os.path.basename(os.readlink(f"/proc/{client.pid()}/exe")) in _SHELLS
    except OSError:
        return None
    if shell or _MARK in raw:
        from cheaproute.client import ancestry

        return ancestry.started_with()
    return {name: value for name, _, value in (one.partition("=") for one in raw.split("\0"))}


def _may_be_nested(topmost: int) -> bool:
    """Whether our client's process bears the mark, or another above it is the `topmost` client."""
    try:
        return _MARK in _environ(client.pid()) or topmost not in (0, client.pid())
    except OSError:
        return False


def _clients(pid: int) -> list[int]:
    """The processes from `pid` upwards that bear the client's name, as the launcher knows it.

    Not one that the client's daemon keeps for sessions in the background: a session's environment
    is told to it when it is at work already.
    """
    found = []
    try:
        for _ in range(_MOST_ABOVE):
            with open(f"/proc/{pid}/stat", "rb", 0) as file:
                name, _, rest = file.read(1000).rpartition(b")")
            if name.endswith(_CLIENTS):
                found.append(pid)
            pid = int(rest.split(None, 2)[1])
    except (OSError, ValueError, IndexError):
        pass
    return found


def _environ(pid: int) -> str:
    with open(f"/proc/{pid}/environ", "rb", 0) as file:
        return "\0" + os.fsdecode(file.read())


def _doubtful(env: Mapping[str, str], started: Mapping[str, str] | None) -> list[str]:
    """The watched variables that the client was not started with as they are now."""
    if started is None:
        return [name for name in env if name.startswith(WATCHED)]
    return [
        name
        for name, value in env.items()
        if started.get(name) != value and name.startswith(WATCHED)
    ]


def _sets(path: str, names: set[str]) -> set[str]:
    """Those of `names` that the settings file sets; all of them where there is no telling."""
    from cheaproute.client import settings

    content = settings.read(path)
    if content is None or _leads_nowhere(path):
        return set(names)
    said = {name.partition("=")[0] for name in settings.variables(content)}
    if os.name == "nt":  # which does not tell variables apart by case
        upper = {name.upper() for name in said}
        return {name for name in names if name.upper() in upper}
    return names & said
