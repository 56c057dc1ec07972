"""A file replaced: whole or not at all, links and rights kept. The one way to replace a file."""

from __future__ import annotations

import os
import stat
import time

from cheaproute.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def write(path: str, content: bytes, mode: int | None = None) -> None:
    """Replace the file at `path`, or create it and its directory (0700).

    It keeps its rights, a new one is the user's alone, and a link stays a link. With `mode` it is
    a file of ours: it gets these rights, and a link in its place is replaced.

    Raises:
        ConfigError: it cannot be written, or a device, a pipe or the like stands there.
    """
    if mode is None:
        path = os.path.realpath(path)  # a dotfile manager's link
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if mode is None:
            mode = _rights(path)
        replace(path, lambda aside: _fill(aside, content), mode)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _rights(path: str) -> int:
    try:
        now = os.stat(path).st_mode
    except FileNotFoundError:
        return 0o600
    if not stat.S_ISREG(now):  # an administrator's right is enough to have a device gone
        raise ConfigError(f"{path} is no file")
    return stat.S_IMODE(now)


def remove(path: str) -> None:
    """Take the file at `path` away, if there is one.

    Raises:
        OSError: it cannot be taken away.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def small(path: str, most: int) -> bytes:
    """The first `most` bytes of a small file, by as few steps as there are (hot path).

    Raises:
        OSError: it cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        return os.read(handle, most)
    finally:
        os.close(handle)


def replace(path: str, fill: Callable[[str], None], mode: int = 0o600) -> None:
    """Put in the place of the file at `path` a new one, which `fill` writes beside it.

    Whatever fails, the old one stands and nothing is left beside it.

    Raises:
        OSError: it cannot be written. And what `fill` raises.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    aside = f"{path}.{os.getpid()}"
    try:
        handle = os.open(aside, flags, 0o600)
    except FileExistsError:  # another thread's, another container's, or left by one that died
        aside = f"{aside}.{time.monotonic_ns()}"
        handle = os.open(aside, flags, 0o600)
    os.close(handle)
    try:
        fill(aside)
        os.chmod(aside, mode)
        os.replace(aside, path)
    except BaseException:
        _forget(aside)
        raise


def _fill(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _forget(aside: str) -> None:
    try:
        os.unlink(aside)
    except OSError:
        return
