"""A command on a terminal of its own, as a person starts it."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Mapping


def run(
    command: list[str], env: Mapping[str, str], cwd: str = "", size: tuple[int, int] | None = None
) -> tuple[int, str]:
    """The exit code of `command` and what it printed; `size` is (lines, columns)."""
    pid, terminal = pty.fork()
    if pid == 0:
        if cwd:
            os.chdir(cwd)
        if size:
            termios.tcsetwinsize(0, size)
        os.execve(command[0], command, dict(env))  # noqa: S606
    said = b""
    try:
        while part := os.read(terminal, 4096):
            said += part
    except OSError:  # its end, on Linux
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode("utf-8", "replace").replace("\r\n", "\n")
