"""What a check found, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple

# From good to bad; only a fault makes doctor fail.
OK, NOTE, WARNING, FAULT = LEVELS = ("ok", "note", "warning", "fault")


class Finding(NamedTuple):
    """One line of the doctor's. `where` is a file or a setting, `do` a command or a sentence."""

    level: str
    what: str
    where: str = ""
    do: str = ""
