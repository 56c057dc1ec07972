"""Who started this process: a person at a terminal, or the client (and so perhaps its model).

By the parents, which a shell of the model's cannot change, and not by a variable, which it can.
"""

from __future__ import annotations

import os
import sys

from cheaproute import client
from cheaproute.client import command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MARK = client.MARK
_MOST = 64
# What switches us off and says where our things are.
_OURS, _PLACES = "CHEAPROUTE_", ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
_TTY = "/dev/tty"
# Such clients have no screen of their own.
_UNSEEN = ("sdk-", "claude-code-github-action", "mcp")


def whose_word(env: Mapping[str, str], *, terminal: bool = True) -> str:
    """Why it cannot be said that a person started this in a terminal of their own; "" if it can.

    Without `terminal`: only whether it was started from within Claude Code.
    """
    if env.get(_MARK):
        return "it was started from within Claude Code"
    for pid in _above():
        if _is_client(pid):
            return "it was started from within Claude Code"
    try:
        if terminal:
            os.close(os.open(_TTY, os.O_RDWR))
    except OSError:
        return "it has no terminal, so nobody can be seen to ask for it"
    return ""


def in_the_clients_terminal() -> bool:
    """Whether one client alone is above this process, and it has that client's own terminal.

    So has what the client itself starts; a shell of its model's is in a session of its own.
    """
    clients = [pid for pid in _above() if _is_client(pid)]
    try:
        os.close(os.open(_TTY, os.O_RDWR))
        return len(clients) == 1 and os.getsid(0) == os.getsid(clients[0])
    except OSError:
        return False


def started_with() -> dict[str, str] | None:
    """The environment in which the user started the client above us; None where none can be seen.

    What the client starts has what its settings said, and most of it bears the client's mark: so
    it is the nearest client without the mark, and where there is none, what a person started.
    """
    first = None
    for pid in _above():
        there = environment(pid)
        if not there:
            break
        if _MARK in there:
            continue
        if _is_client(pid):
            return there
        first = there if first is None else first
    return first


def is_below_a_client() -> bool:
    """Whether the client is among the parents, whatever mark its children bear; by /proc alone."""
    return any(client.runs(pid) for pid in client.above())


def of_the_user(env: Mapping[str, str], clients: Sequence[int]) -> Mapping[str, str]:
    """`env` with our switches and places as the user has them; `env` where nobody else had a say.

    `clients` are those above us, the nearest first. Somebody else had a say where the client above
    us was started by another one's shell, by the parents of its process or by the mark it bears. A
    shell of the user's own that was started from there (a tmux server, say) looks the same. Where
    the user has no ledger there is nothing to keep.
    """
    if not clients or (len(clients) == 1 and _MARK not in environment(clients[0])):
        return env
    said = environment(clients[-1])
    if _MARK in said:  # out of sight what started that one
        said = {}
    from cheaproute.client import settings
    from cheaproute.config import paths

    there = {name: said[name] for name in (*_PLACES, "CLAUDE_CONFIG_DIR") if name in said}
    switches = {**said, **settings.variables(settings.user(there or env))}
    kept = {name: value for name, value in env.items() if not name.startswith(_OURS)}
    if there:
        kept = {name: value for name, value in kept.items() if name not in _PLACES}
        kept |= {name: value for name, value in there.items() if name in _PLACES}
    kept |= {name: value for name, value in switches.items() if name.startswith(_OURS)}
    return kept if os.path.exists(paths.ledger_file(kept)) else env


def client_program() -> str:
    """The file of the client above us; "" where there is none, or none can be seen."""
    for pid in _above():
        try:
            program = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return ""
        if client.is_program(program) and os.access(program, os.X_OK):
            return program
    return ""


def directory() -> str:
    """Where the client above us works; "" where there is none, or none can be seen."""
    for pid in _above():
        if runs_client(pid):
            try:
                return os.readlink(f"/proc/{pid}/cwd")
            except OSError:
                return ""
    return ""


def directories_above() -> Iterator[str]:
    """Where the processes above this one work, nearest first, as far as that can be seen."""
    for pid in _above():
        try:
            yield os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue


def environments_above() -> list[dict[str, str]]:
    """What they were started with, nearest first, as far as that can be seen."""
    return [there for pid in _above() if (there := environment(pid))]


def as_in_the_client(env: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether the variables `names` are those that the process above this one was started with.

    A hook's parent is the client. Where that cannot be looked at, they are.
    """
    there = environment(client.shown())
    return not there or all(env.get(name, "") == there.get(name, "") for name in names)


def attended(env: Mapping[str, str]) -> bool:
    """Whether the client above this hook shows a person what a hook says: no `-p` and no SDK does.

    A `-p` within a session inherits the variable, so its words are looked at, too.
    """
    if env.get("CLAUDE_CODE_ENTRYPOINT", "").startswith(_UNSEEN):
        return False
    words = command_line.command()[1:]
    own = words[: words.index("--")] if "--" in words else words
    return not ({"-p", "--print"} & set(own) and runs_client(client.shown()))


def _above() -> Iterator[int]:
    """The processes above this one, nearest first."""
    pid = client.shown()
    for _ in range(_MOST):
        if pid <= 0:
            return
        yield pid
        pid = parent(pid)


def parent(pid: int) -> int:
    """The parent of process `pid`; 0 where it has none, or none can be seen."""
    if sys.platform == "linux":
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                return int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return 0
    said = command_line.said_by_ps(pid, "ppid=")
    return int(said) if said.isdecimal() else 0


def _is_client(pid: int) -> bool:
    """Whether process `pid` is Claude Code, or was started by it."""
    return runs_client(pid) or _MARK in environment(pid)


def runs_client(pid: int) -> bool:
    """Whether process `pid` is Claude Code."""
    if sys.platform == "linux":
        return client.runs(pid)
    return client.are_of(command_line.words_of(pid))


def environment(pid: int) -> dict[str, str]:
    """What process `pid` was started with; {} where it cannot be seen."""
    try:
        return client.environ(pid)
    except OSError:
        return {}
