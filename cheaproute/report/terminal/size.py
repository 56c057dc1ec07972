"""The terminal that the client draws on, as a process of the client can see it (hot path)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What the client leaves free beside a status line, beside the text of a blocked prompt, and beside
# a row of the module's.
BESIDE_LINE, BESIDE_TEXT, BESIDE_ROW = 4, 10, 2
_CALM = getattr(os, "O_NOCTTY", 0) | getattr(os, "O_NONBLOCK", 0)  # not everywhere


MOST, _MOST_DIGITS = 1000, 9


def said(text: str) -> int:
    """The columns that a variable tells of, no more than a screen has; 0 for none."""
    return min(MOST, int(text)) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def columns(env: Mapping[str, str], margin: int, client_pid: int = 0) -> int:
    """How much of its width is ours, 0 where that cannot be told.

    A process without a terminal of its own sees that of the client by `client_pid`, on Linux.
    """
    told = said(env.get("COLUMNS", ""))
    if told > 0:
        return max(0, told - margin)
    for place in ("/dev/tty", *_of_client(client_pid)):
        try:
            terminal = os.open(place, os.O_RDONLY | _CALM)
            try:
                return max(0, os.get_terminal_size(terminal).columns - margin)
            finally:
                os.close(terminal)
        except OSError:
            continue
    return 0


def _of_client(pid: int) -> list[str]:
    """The terminal that the client writes to, if it is one."""
    try:
        place = os.readlink(f"/proc/{pid}/fd/1") if pid else ""
    except OSError:
        return []
    return [place] if place.startswith(("/dev/pts/", "/dev/tty")) else []
