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
    from collections.abc import Iterable, Mapping, Sequence

# Where the user's things are: taken from the client's start where a project says otherwise.
PLACES = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR")
# The client writes it for hooks over whatever a project says.
_ROOT = "CLAUDE_PLUGIN_ROOT"
_SPARE, _HOST = "bg-spare", "bg-pty-host"


class Start:
    """What the client above us was started with, as far as that can be seen.

    `clients`: their processes, the nearest first; the last one is who `environ` is of. Empty where
    no client is known to be above: then it is of our parent, or a person's. `told`: a client that
    the daemon keeps for sessions in the background: a session's environment is told to it later.
    """

    __slots__ = ("clients", "environ", "marked", "told")

    def __init__(self, clients: Sequence[int], environ: Mapping[str, str], *, told: bool) -> None:
        self.clients, self.environ, self.told = clients, environ, told
        self.marked = client.MARK in environ

    @property
    def may_be_nested(self) -> bool:
        """Whether another client's shell may have started the one above us."""
        return bool(self.clients) and (len(self.clients) > 1 or self.marked)


def environment(env: Mapping[str, str], cwd: str, *, in_a_shell: bool = False) -> Mapping[str, str]:
    """`env` as the user means it; `env` itself where all of it is.

    `in_a_shell`: a shell of the client's model started this, in a sandbox perhaps.
    """
    start = _started(env, in_a_shell=in_a_shell)
    if start and not start.may_be_nested and not _differing(env, start.environ):
        return env
    from cheaproute.client.trust import judged

    return judged.environment(env, cwd, start, in_a_shell=in_a_shell)


def foreign(env: Mapping[str, str], cwd: str, names: Iterable[str] | None = None) -> set[str]:
    """Those of `names` (else of all that are watched) that a project's settings set."""
    from cheaproute.client.trust import files

    return files.foreign(env, cwd, watched(env) if names is None else names)


def watched(env: Mapping[str, str]) -> list[str]:
    """The variables in `env` that a repository may not set for us."""
    return [name for name in env if name.startswith(WATCHED)]


def _differing(env: Mapping[str, str], started: Mapping[str, str]) -> bool:
    """Whether anything that chooses is not as the client was started with it."""
    return any(
        started.get(name) != value and (name in PLACES or name.startswith(WATCHED))
        for name, value in env.items()
    )


def _started(env: Mapping[str, str], *, in_a_shell: bool) -> Start | None:
    """How the client above us was started; None where that cannot be seen."""
    above = client.above()
    clients = [number for number in above if client.runs(number)]
    if not in_a_shell and _ROOT in env:
        clients = _with_the_parent(above, clients)
    try:
        if not above:
            return None
        if not clients:
            clients = _where_the_mark_ends(above)
        if not clients:
            return _of_a_person(above[0])
        topmost = clients[-1]
        return Start(clients, client.environ(topmost), told=len(clients) > 1 and _is_told(clients))
    except OSError:
        return None


def _with_the_parent(above: Sequence[int], clients: list[int]) -> list[int]:
    """`clients` and a hook's parent, one by whatever name it runs; a shell may stand between."""
    for number in above:
        if number in clients:
            return clients
        if os.path.basename(client.program_of(number)) not in client.SHELLS:
            return [number, *clients]
    return clients


def _where_the_mark_ends(above: Sequence[int]) -> list[int]:
    """Who started the topmost that bear the client's mark without a break from below, if any do."""
    below = False
    for number in above:
        marked = client.MARK in client.environ(number)
        if below and not marked:
            return [number]
        below = marked
        if not marked and os.path.basename(client.program_of(number)) not in client.SHELLS:
            break
    return []


def _of_a_person(parent: int) -> Start | None:
    """Of our parent; of who stands above a shell, or one that a client started."""
    environ = client.environ(parent)
    name = os.path.basename(client.program_of(parent))
    if name in client.SHELLS or client.MARK in environ:
        from cheaproute.client import ancestry

        above = ancestry.started_with()
        return None if above is None else Start((), above, told=False)
    return Start((), environ, told=False)


def _is_told(clients: Sequence[int]) -> bool:
    """Whether the client's daemon has one of these for sessions in the background."""
    from cheaproute.client import command_line

    words = (" ".join(command_line.words_of(number)[:2]) for number in clients)
    return any(_SPARE in said or _HOST in said for said in words)
