"""The user's alert command: a program of theirs, in an environment that is theirs alone."""

from __future__ import annotations

import os

from cheaproute import client
from cheaproute.client import ancestry, command_line, settings
from cheaproute.config.venv import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS, _MARK = "CHEAPROUTE_", "CLAUDECODE"
_MOST_ABOVE = 64


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """What it is given: what the client was started with, the user's settings, our own values.

    `env` is what a hook has, as the user means it. Programs obey more variables than any list of
    ours has, and the settings file that said one may be gone by now: so nothing of it passes but
    our own. Where the client's start cannot be seen, what a process of ours is given instead.
    """
    ours = {name: value for name, value in env.items() if name.startswith(_OURS)}
    said = settings.variables(settings.user(env))
    own = {name: value for name, value in said.items() if not name.startswith(_OURS)}
    started = _started()
    if started is None:
        return {**spawn.allowed(env), **own, **ours}
    users = {name: value for name, value in started.items() if not name.startswith(_OURS)}
    return {**users, **own, **ours}


def _started() -> dict[str, str] | None:
    """What the user started a client with; None where that cannot be seen.

    It is the topmost client above us: what one has that another's shell started, or the client's
    daemon keeps, or that bears the mark of such a start, a project may have said.
    """
    pid, topmost = client.pid() if _is_seen() else 0, 0
    for _ in range(_MOST_ABOVE):
        if pid <= 0:
            break
        words = " ".join(command_line.words_of(pid)).split()
        if words[1:3] == ["daemon", "run"] or any(one.startswith("bg-") for one in words[1:2]):
            return None
        topmost = pid if ancestry.runs_client(pid) else topmost
        pid = ancestry.parent(pid)
    there = ancestry.environment(topmost) if topmost else {}
    return None if not there or _MARK in there else there


def _is_seen() -> bool:
    """Whether /proc speaks of the processes as we count them: a container may have the host's."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def run(command: list[str], text: str, env: Mapping[str, str]) -> None:
    """Start the user's alert command, `text` as its last argument; without a shell, not waited for.

    In `env`, of which nothing is a project's word.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess

    child = subprocess.Popen(
        [*command, text],
        env=dict(env),
        cwd=os.sep,  # what a version manager stands for is what files of the working directory say
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )
    child.returncode = 0  # nobody waits for it; Popen need not complain about that
