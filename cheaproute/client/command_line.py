"""What the client was started with in words, and what they say of it."""

from __future__ import annotations

import os
import sys

from cheaproute import client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def command() -> list[str]:
    """The words the process above this one was started with; [] where they cannot be seen."""
    return words_of(client.pid())


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
