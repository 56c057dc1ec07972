"""Do file locks work here? SQLite says of a file system without them that it is busy (hot path).

So what it cannot tell is tried on a file of our own, and the answer is remembered: no hook waits a
second time for a neighbour that is none.
"""

from __future__ import annotations

import os
import time

_MARK, _TRIED = "locks.failed", "locks.try"
_KEPT_S = 3600


def lacking(directory: str) -> bool:
    """Whether they were seen to fail in `directory` within the hour."""
    try:
        return 0 <= time.time() - os.stat(os.path.join(directory, _MARK)).st_mtime < _KEPT_S
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
        _remember(directory)
        return False
    finally:
        os.close(handle)
    _forget(directory, _MARK)
    _forget(directory, _TRIED)
    return True


def _remember(directory: str) -> None:
    try:
        handle = os.open(
            os.path.join(directory, _MARK), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )
        os.write(handle, b"file locks do not work here\n")
        os.close(handle)
    except OSError:
        return


def _forget(directory: str, name: str) -> None:
    try:
        os.unlink(os.path.join(directory, name))
    except OSError:
        return
