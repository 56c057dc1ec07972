"""Whether a process that set money aside still runs: its number, and a word on which it was."""

from __future__ import annotations

import os
import sys


def alive(pid: int, start: str) -> bool:
    """Whether the process that `started` called `start` may still run; in doubt it may."""
    here = _namespace()
    if sys.platform == "win32" or start.partition(" ")[0] != here:
        return True  # no way to ask without harm (Windows), or another container's process
    if here:
        return started(pid) == start
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def started(pid: int) -> str:
    """A word on process `pid` that no later process of that number shares, "" if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may hold spaces: state and start time are counted after it.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else f"{_namespace()} {fields[19].decode()}"


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
