"""What differs between operating systems, beside where things live (`paths`), in one place."""

from __future__ import annotations

import sys
from typing import IO

from cheaproute.errors import CheaprouteError

NO_HOOKS = (
    "native Windows cannot start the hooks (their launcher is a shell script): "
    "nothing is counted or routed, and no cap holds, in sessions here"
)
USE_WSL = "use Claude Code in WSL; the command line works here, too"


LINUX, MAC, WSL, WINDOWS = "Linux", "macOS", "WSL 2", "Windows"


def system(platform: str = sys.platform, release: str = "") -> str:
    """The operating system, as people call it."""
    if platform == "linux":
        import os

        release = release or os.uname().release
        return WSL if "microsoft" in release.lower() else LINUX
    return {"darwin": MAC, "win32": WINDOWS}.get(platform, platform)


def runs_hooks(platform: str = sys.platform) -> bool:
    """Whether Claude Code can start our hooks on `platform`.

    hooks.json names the launcher without a shell, so that nothing is forked on its way; Windows
    has no `sh` to start it with, and Claude Code then reports a hook error and goes on.
    """
    return platform != "win32"


def lock(file: IO[str], *, wait: bool) -> bool:
    """Take the lock on an open `file`, held until it is closed; False if another process has it.

    Raises:
        CheaprouteError: this system has no such locks.
    """
    try:
        import fcntl
    except ImportError:
        raise CheaprouteError(f"{NO_HOOKS}: {USE_WSL}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
