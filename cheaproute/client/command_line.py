"""What the client was started with in words, and what they say of it."""

from __future__ import annotations

import os
import sys

from cheaproute import client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_BYTES = 2_000_000


def command() -> list[str]:
    """The words the process above this one was started with; [] where they cannot be seen."""
    return words_of(client.shown())


def is_led(words: Sequence[str]) -> bool:
    """Whether a program talks to the client of these words in JSON: it may set much unseen."""
    for flag, value in zip(words, [*words[1:], ""], strict=False):
        name, equals, joined = flag.partition("=")
        if name == "--input-format" and (joined if equals else value) == "stream-json":
            return True
    return False


def names_model() -> bool:
    """Whether the client above was started with a model for its session."""
    return any(word.partition("=")[0] == "--model" for word in command())


def words_of(pid: int) -> list[str]:
    """The command line of process `pid`, [] where it cannot be seen."""
    if sys.platform != "linux":
        return said_by_ps(pid, "command=").split()
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")]
    except OSError:
        return []


def told(pid: int) -> list[str] | None:
    """The words with which that client was started; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.fsdecode(file.read(_MOST_BYTES)).split("\0")
    except OSError:
        pass
    if os.name == "nt" or not os.path.exists("/bin/ps"):
        return None
    import subprocess

    command = ["/bin/ps", "-o", "command=", "-ww", "-p", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=2, check=True, env={})
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").split()


def directory(pid: int) -> str:
    """Where process `pid` was started; "" where that is in doubt.

    It moves into worktrees: from there its word for it counts if that is of the same checkout.
    """
    from cheaproute.client import settings
    from cheaproute.config import paths

    now = settings.cwd_of(pid)
    walk = list(settings.upwards(now, set())) if now else []
    if not any(os.path.isfile(os.path.join(place, ".git")) for place in walk):
        return now
    try:
        said = client.environ(pid).get("PWD", "")
    except OSError:
        return ""
    if not os.path.isabs(said) or not os.path.isdir(said):
        return ""
    if paths.identity(said) == paths.identity(now):
        return now
    left = {paths.identity(main) for one in walk if (main := settings.main_checkout(one))} - {None}
    around = {paths.identity(above) for above in settings.upwards(said, set())}
    return said if left & around else ""


def said_by_ps(pid: int, field: str) -> str:
    """What `ps` says of a process, "" for nothing: where there is no /proc."""
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


def is_since(version: str, first: tuple[int, ...]) -> bool:
    """Whether `version`, the client's word for its own, is `first` or later; not if it is none."""
    numbers = version.split(".")
    if not all(number.isdecimal() for number in numbers):
        return False
    return tuple(map(int, numbers)) >= first
