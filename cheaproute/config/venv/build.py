"""Builds the environment: aside, from the lock file with hashes, then switched to in one step.

`<data>/venv` is a link to the `<data>/venv-...` in use. Two builds at once, a build that
dies, and one without a network leave things as they were.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping

from cheaproute.config.venv import status, install
from cheaproute.config import paths, platform
from cheaproute.errors import CheaprouteError

Say = Callable[[str], None]


class Busy(CheaprouteError):
    """Another process is building."""


def in_background() -> None:
    """Build with nobody watching: quietly, politely, and with the outcome in the data directory."""
    os.umask(0o077)
    os.nice(10)
    with contextlib.suppress(CheaprouteError, OSError):
        build(os.environ, lambda _line: None, wait=False)


def build(env: Mapping[str, str], say: Say, *, wait: bool = True) -> None:
    """Make the environment ready; nothing happens if it is. `say` is told each step in one line.

    Raises:
        Busy: another build is running and `wait` is false.
        CheaprouteError: it could not be done; the reason is also kept for `doctor`.
    """
    data = paths.data_dir(env)
    with _alone(data, wait=wait):
        status.bake(env)
        if status.ready(env):
            return
        try:
            _build(env, data, say)
        except (OSError, CheaprouteError) as error:
            reason = str(error)
            with contextlib.suppress(OSError):
                _write(paths.failure_file(env), reason + "\n")
            raise CheaprouteError(f"the environment could not be built: {reason}") from error
        with contextlib.suppress(FileNotFoundError):
            os.unlink(paths.failure_file(env))


def _build(env: Mapping[str, str], data: str, say: Say) -> None:
    with open(paths.interpreter_file(env), encoding="utf-8") as file:
        base = file.readline().rstrip("\n")
    wanted = status.wanted()
    name = f"venv-{wanted['lock']:08x}-{wanted['python']}"
    place = os.path.join(data, name)
    if not _holds(place, wanted):
        install.install(base, place, paths.LOCK_FILE, env, say)
    site = os.path.join(place, "lib", f"python{wanted['python']}", "site-packages")
    _write(os.path.join(site, "cheaproute.pth"), paths.ROOT + "\n")
    compileall.compile_dir(os.path.join(paths.ROOT, "cheaproute"), quiet=2)
    _write(os.path.join(place, "ready.json"), json.dumps(wanted))
    _switch(data, name)
    _link(paths.ROOT, paths.link(env))


def _holds(place: str, wanted: Mapping[str, object]) -> bool:
    """Whether `place` has these packages and still starts: then only its pointer is stale."""
    try:
        with open(os.path.join(place, "ready.json"), "rb") as file:
            made = json.load(file)
        python = os.path.join(place, "bin", "python")
        same = all(made[key] == wanted[key] for key in ("python", "lock"))
        return same and not subprocess.call([python, "-I", "-c", ""])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _switch(data: str, name: str) -> None:
    """Make `venv` the link to `name`; what it pointed to is kept for those still running on it."""
    link = os.path.join(data, "venv")
    before = os.readlink(link) if os.path.islink(link) else ""
    _link(name, link)
    for other in os.listdir(data):
        if other.startswith("venv-") and other not in (name, before):
            shutil.rmtree(os.path.join(data, other), ignore_errors=True)


def _link(target: str, link: str) -> None:
    aside = f"{link}.{os.getpid()}"
    os.symlink(target, aside)
    os.replace(aside, link)


def _write(path: str, text: str) -> None:
    aside = f"{path}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, path)


@contextlib.contextmanager
def _alone(data: str, *, wait: bool) -> Iterator[None]:
    os.makedirs(data, mode=0o700, exist_ok=True)
    with open(os.path.join(data, "environment.lock"), "w", encoding="utf-8") as lock:
        if not platform.lock(lock, wait=wait):
            raise Busy("another process is building the environment")
        yield
