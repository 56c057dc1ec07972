"""The terminal that the client draws on, as a process of the client can see it (hot path)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What the client leaves free beside a status line, beside the text of a blocked prompt, and beside
# a row of the module's.
BESIDE_LINE, BESIDE_TEXT, BESIDE_ROW = 4, 10, 2


def columns(env: Mapping[str, str], margin: int) -> int:
    """How much of its width is ours, 0 where that cannot be told."""
    told = env.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return max(0, int(told) - margin)
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        try:
            return max(0, os.get_terminal_size(terminal).columns - margin)
        finally:
            os.close(terminal)
    except OSError:
        return 0
