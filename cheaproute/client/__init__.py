"""Everything that Claude Code keeps on this machine or hands over, and its rules."""

import os

_answered_for: list[int] = []


def pid() -> int:
    """The client's process: the one that started this, or that this one answers for."""
    return _answered_for[-1] if _answered_for else os.getppid()


def answer_for(client_pid: int) -> None:
    """Have the process `client_pid` for the client from here on."""
    _answered_for.append(client_pid)
