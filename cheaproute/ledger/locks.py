"""Do file locks work here? SQLite says of a file system without them that it is busy (hot path).

So what it cannot tell is tried on a file of our own, and the answer is remembered: no hook waits a
second time for a neighbour that is none. So is a neighbour that holds the ledger and does not go
on: whoever comes next waits for it a moment only.
"""

from __future__ import annotations

import os
import time

_MARK, _TRIED, _HELD = "locks.failed", "locks.try", "ledger.held"
_KEPT_S, _HELD_S = 3600, 60


def lacking(directory: str) -> bool:
    """Whether they were seen to fail in `directory` within the hour."""
    return _fresh(directory, _MARK, _KEPT_S)


def held(directory: str) -> bool:
    """Whether the ledger in `directory` was waited for in vain within the minute."""
    return _fresh(directory, _HELD, _HELD_S)


def note_held(directory: str) -> None:
    """Remember that it was, for the others."""
    if not held(directory):
        _remember(directory, _HELD, b"waited for in vain\n")


def forget_held(directory: str) -> None:
    """The ledger can be had again."""
    _forget(directory, _HELD)


def _fresh(directory: str, name: str, kept_s: int) -> bool:
    try:
        return 0 <= time.time() - os.stat(os.path.join(directory, name)).st_mtime < kept_s
    except OSError:
        return False


def work(directory: str) -> bool:
    """Whether a lock can be had in `directory` now; yes where that cannot be tried."""
    try:
        import fcntl
    except ImportError:
        return True
    path = os.path.join(directory, _TRIED)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError:
        return True
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        _remember(directory, _MARK, b"file locks do not work here\n")
        return False
    finally:
        os.close(handle)
    _forget(directory, _MARK)
    _forget(directory, _TRIED)
    return True


def _remember(directory: str, name: str, text: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(os.path.join(directory, name), flags, 0o600)
        os.write(handle, text)
        os.close(handle)
    except OSError:
        return


def _forget(directory: str, name: str) -> None:
    try:
        os.unlink(os.path.join(directory, name))
    except OSError:
        return
