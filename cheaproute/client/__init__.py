"""Everything that Claude Code keeps on this machine or hands over, and its rules."""

import os
import sys

MARK = "CLAUDECODE"  # set by the client for most of what it starts
_NAMES = ("claude", "claude.exe")
_VERSIONS, _PACKAGE = "/claude/versions/", "@anthropic-ai/claude-code"
SHELLS = frozenset(("sh", "dash", "bash", "zsh", "ash", "ksh", "mksh", "busybox", "fish", "env"))
_MOST_ABOVE = 64
_answered_for: list[int] = []
_shown: dict[int, int] = {}


def pid() -> int:
    """The client's process: the one that started this, or that this one answers for."""
    return _answered_for[-1] if _answered_for else os.getppid()


def answer_for(client_pid: int) -> None:
    """Have the process `client_pid` for the client from here on."""
    _answered_for.append(client_pid)


def shown() -> int:
    """The same process as /proc numbers it; 0 where that does not show it.

    In a namespace of processes of one's own /proc may be the machine's still. Whoever answers for
    the client then has to have asked this while it was the client's own child.
    """
    known = pid()
    if sys.platform != "linux":
        return known
    if known not in _shown:
        try:
            with open("/proc/self/stat", "rb", 0) as file:
                raw = file.read(1000)
            above = int(raw.rpartition(b")")[2].split(None, 2)[1])
            alike = int(raw.split(None, 1)[0]) == os.getpid()
        except (OSError, ValueError, IndexError):
            return 0
        if alike:
            return known
        if known != os.getppid():
            return 0
        _shown[known] = above
    return _shown[known]


def above() -> list[int]:
    """The processes above this one, nearest first, as far as /proc shows them."""
    found: list[int] = []
    number = shown()
    try:
        while number > 0 and len(found) < _MOST_ABOVE:
            with open(f"/proc/{number}/stat", "rb", 0) as file:
                rest = file.read(1000).rpartition(b")")[2]
            found.append(number)
            number = int(rest.split(None, 2)[1])
    except (OSError, ValueError, IndexError):
        pass
    return found


def runs(number: int) -> bool:
    """Whether that process of /proc is Claude Code, whatever it was started as.

    By its program, not its name: a script called `claude` that starts the client is none.
    """
    if is_program(program_of(number)):
        return True
    try:
        with open(f"/proc/{number}/cmdline", "rb", 0) as file:
            words = os.fsdecode(file.read(5000)).split("\0", 3)
    except OSError:
        return False
    return are_of(words)


def are_of(words: list[str]) -> bool:
    """Whether a command line is Claude Code's: by its first word, or run by Node."""
    name = os.path.basename(words[0]) if words else ""
    return name in _NAMES or (name not in SHELLS and any(_PACKAGE in one for one in words[:3]))


def is_program(path: str) -> bool:
    """Whether that file is Claude Code's, by where it lies: one is named by its version."""
    name = os.path.basename(path).removesuffix(" (deleted)")  # an update has another there
    return name in _NAMES or _VERSIONS in path


def program_of(number: int) -> str:
    """The file that that process of /proc runs; "" where that cannot be seen."""
    try:
        return os.readlink(f"/proc/{number}/exe")
    except OSError:
        return ""


def environ(number: int) -> dict[str, str]:
    """What that process of /proc was started with.

    Raises:
        OSError: it cannot be seen.
    """
    with open(f"/proc/{number}/environ", "rb", 0) as file:
        pairs = [one.partition("=") for one in os.fsdecode(file.read()).split("\0")]
    return {name: value for name, _, value in pairs if name}
