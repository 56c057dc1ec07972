"""Builds the environment: aside, from the lock file with hashes, and seen to work before it counts.

Two builds at once, a build that dies, and one without a network leave things as they were.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping

from cheaproute import atomic
from cheaproute.config import directories, paths, platform
from cheaproute.config.venv import install, links, patience, probe, status
from cheaproute.config.version import version
from cheaproute.errors import CheaprouteError

Say = Callable[[str], None]
_LOCK = "environment.lock"
ELSEWHERE = "the environment is being built in the background: waiting for that"


class Busy(CheaprouteError):
    """Another process is building."""


def in_background() -> None:
    """Build with nobody watching: quietly, politely, and with the outcome in the data directory."""
    os.nice(10)
    with contextlib.suppress(CheaprouteError, OSError):
        build(os.environ, lambda _line: None, wait=False)


def build(env: Mapping[str, str], say: Say, *, wait: bool = True, asked: bool = False) -> None:
    """Make the environment ready; nothing happens if it is. `say` is told each step in one line.

    `asked` by the user, it is not believed to be ready but tried, and what does not work is built
    anew; the command line is this copy's from then on.

    Raises:
        Busy: another build is running and `wait` is false.
        CheaprouteError: it could not be done; the reason is also kept for `doctor`.
    """
    directories.use()
    data = paths.data_dir(env)
    if wait and under_way(env):
        say(ELSEWHERE)
    with patience.going_on(say), _private(), _alone(data, wait=wait):
        status.bake(env)
        try:
            if status.ready(env) and not (asked and probe.wrong(status.python(env), env)):
                links.follow(env, status.name(), asked=asked)
            else:
                _build(env, data, say)
                links.follow(env, status.name(), asked=asked)
                links.tidy(data, status.name())
        except (OSError, CheaprouteError) as error:
            reason = str(error)
            status.doubt(env)
            with contextlib.suppress(CheaprouteError):
                atomic.write(paths.failure_file(env), (reason + "\n").encode(), 0o600)
            raise CheaprouteError(f"the environment could not be built: {reason}") from error
        with contextlib.suppress(FileNotFoundError):
            os.unlink(paths.failure_file(env))


def _build(env: Mapping[str, str], data: str, say: Say) -> None:
    place = status.place(env)
    python = status.python(env)
    # One that another build has made in the meantime, or that was only doubted, may do.
    if not os.path.isdir(place) or probe.wrong(python, env):
        _room(data)
        install.install(status.base(), place, paths.LOCK_FILE, env, say)
    compileall.compile_dir(os.path.join(paths.ROOT, "cheaproute"), quiet=2)
    made = {"version": version(), "python": sys.version.split()[0], "base": status.base()}
    atomic.write(status.mark(place), json.dumps(made).encode(), 0o600)


# The libraries take some 150 MB; a disk that is nearly full is not filled to the brim.
_LEAST_BYTES = 300 << 20


def _room(data: str) -> None:
    free = shutil.disk_usage(data).free
    if free < _LEAST_BYTES:
        raise CheaprouteError(
            f"{data}: {free >> 20} MB are free, {_LEAST_BYTES >> 20} MB are needed: make room"
        )


def under_way(env: Mapping[str, str]) -> bool:
    """Whether another process builds the environment just now."""
    if not os.path.exists(os.path.join(paths.data_dir(env), _LOCK)):
        return False
    try:
        with _alone(paths.data_dir(env), wait=False):
            return False
    except Busy:
        return True
    except CheaprouteError:
        return False


def wait(env: Mapping[str, str], say: Say) -> bool:
    """Wait for a build that is under way in another process; whether the environment is ready."""
    if not under_way(env):
        return False
    say(ELSEWHERE)
    with patience.going_on(say), _alone(paths.data_dir(env), wait=True):
        return status.ready(env)


@contextlib.contextmanager
def _private() -> Iterator[None]:
    """Whoever could write into an environment would run code in it."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _alone(data: str, *, wait: bool) -> Iterator[None]:
    try:
        os.makedirs(data, mode=0o700, exist_ok=True)
        lock = open(os.path.join(data, _LOCK), "w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise CheaprouteError(f"{data}: {error.strerror}: nothing can be built there") from error
    with lock:
        if not platform.lock(lock, wait=wait):
            raise Busy("another process is building the environment")
        yield
