"""Who started this process: a person at a terminal, or the client (and so perhaps its model).

By the parents, which a shell of the model's cannot change, and not by a variable, which it can.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Set by the client for whatever it starts.
_MARK = "CLAUDECODE"
_NAMES = ("claude", "claude.exe")
_PACKAGE = "@anthropic-ai/claude-code"
_MOST = 64
_TTY = "/dev/tty"


def whose_word(env: Mapping[str, str]) -> str:
    """Why it cannot be said that a person started this in a terminal of their own; "" if it can."""
    if env.get(_MARK):
        return "it was started from within Claude Code"
    for pid in _above():
        if _is_client(pid):
            return "it was started from within Claude Code"
    try:
        os.close(os.open(_TTY, os.O_RDWR))
    except OSError:
        return "it has no terminal, so nobody can be seen to ask for it"
    return ""


def started_with() -> dict[str, str] | None:
    """The environment in which the user started the client above us; None where none can be seen.

    What the client starts has what its settings said, and most of it bears the client's mark: so
    it is the nearest client without the mark, and where there is none, what a person started.
    """
    first = None
    for pid in _above():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                pairs = [os.fsdecode(one).partition("=") for one in file.read().split(b"\0")]
        except OSError:
            break
        there = {name: value for name, _, value in pairs if name}
        if _MARK in there:
            continue
        if _is_client(pid):
            return there
        first = there if first is None else first
    return first


def client_program() -> str:
    """The file of the client above us; "" where there is none, or none can be seen."""
    for pid in _above():
        try:
            program = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return ""
        known = os.path.basename(program) in _NAMES or "/claude/versions/" in program
        if known and os.access(program, os.X_OK):
            return program
    return ""


def as_in_the_client(env: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether the variables `names` are those that the process above this one was started with.

    A hook's parent is the client. Where that cannot be looked at, they are.
    """
    try:
        with open(f"/proc/{os.getppid()}/environ", "rb") as file:
            pairs = [os.fsdecode(one).partition("=") for one in file.read().split(b"\0")]
    except OSError:
        return True
    there = {name: value for name, _, value in pairs}
    return all(env.get(name, "") == there.get(name, "") for name in names)


def command() -> list[str]:
    """The words the process above this one was started with; [] where they cannot be seen."""
    return _words(os.getppid())


def _above() -> Iterator[int]:
    """The processes above this one, nearest first."""
    pid = os.getppid()
    for _ in range(_MOST):
        if pid <= 0:
            return
        yield pid
        pid = _parent(pid)


def _parent(pid: int) -> int:
    """The parent of process `pid`; 0 where it has none, or none can be seen."""
    if sys.platform == "linux":
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                return int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return 0
    said = _ps(pid, "ppid=")
    return int(said) if said.isdecimal() else 0


def _is_client(pid: int) -> bool:
    """Whether process `pid` is Claude Code, or was started by it."""
    words = _words(pid)
    if any(os.path.basename(word) in _NAMES for word in words[:1]):
        return True
    if any(_PACKAGE in word for word in words[:3]):
        return True  # run by Node
    try:
        if os.path.basename(os.readlink(f"/proc/{pid}/exe")) in _NAMES:
            return True
        with open(f"/proc/{pid}/environ", "rb") as file:
            return any(one.startswith(f"{_MARK}=".encode()) for one in file.read().split(b"\0"))
    except OSError:
        return False


def _words(pid: int) -> list[str]:
    """The command line of process `pid`, [] where it cannot be seen."""
    if sys.platform != "linux":
        return _ps(pid, "command=").split()
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")]
    except OSError:
        return []


def _ps(pid: int, field: str) -> str:
    import subprocess

    try:
        done = subprocess.run(
            ["/bin/ps", "-o", field, "-p", str(pid)],
            capture_output=True,
            timeout=5,
            check=False,
            env={},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
