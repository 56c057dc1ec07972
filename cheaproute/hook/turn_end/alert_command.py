"""The user's alert command: a program of theirs, in an environment that is theirs alone."""

from __future__ import annotations

import os

from cheaproute import client
from cheaproute.client import ancestry, command_line, settings
from cheaproute.config.venv import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = "CHEAPROUTE_"
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
    started = ancestry.started_with() if _is_seen() and not _kept_by_a_daemon() else None
    if started is None:
        return {**spawn.allowed(env), **own, **ours}
    users = {name: value for name, value in started.items() if not name.startswith(_OURS)}
    return {**users, **own, **ours}


def _is_seen() -> bool:
    """Whether /proc speaks of the processes as we count them: a container may have the host's."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def _kept_by_a_daemon() -> bool:
    """Whether the client's daemon keeps this session: it began with what another one had."""
    pid = client.pid()
    for _ in range(_MOST_ABOVE):
        if pid <= 0:
            break
        words = " ".join(command_line.words_of(pid)).split()
        if any(word.startswith("bg-") for word in words[1:2]) or words[1:3] == ["daemon", "run"]:
            return True
        pid = ancestry.parent(pid)
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
