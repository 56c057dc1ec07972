"""Bars, sparklines and aligned columns of plain text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"
# What Claude Code shows whole in a terminal of 80 columns, with its indent and margin.
WIDTH = 70
# The least widths by a column's name, so that tables under each other line up.
FIRST = 22
_LEAST = {"Cost": 10, "Share": 5, "Calls": 5, "In": 5, "Cached": 6, "Out": 5}


def bar(part: int, whole: int, width: int) -> str:
    """`part` of `whole`; full only when it is reached, never empty when there is some."""
    filled = width if whole <= 0 or part >= whole else part * width // whole
    if part > 0:
        filled = max(1, filled)
    return "█" * filled + "░" * (width - filled)


def spark(values: Sequence[int]) -> str:
    """One character a value, scaled to the largest; `·` for nothing."""
    most = max(values, default=0)
    return "".join(
        _STEPS[min(7, value * 8 // most)] if value > 0 and most > 0 else "·" for value in values
    )


def columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A header and rows, the first column to the left, all others to the right.

    The first column gives way: the others are amounts and counts, and are never cut.
    """
    widths = [
        max(_LEAST.get(name, 0), *(len(row[i]) for row in [names, *rows]))
        for i, name in enumerate(names)
    ]
    rest = sum(widths[1:]) + 2 * len(widths[1:])
    widths[0] = min(max(widths[0], FIRST), WIDTH - rest)
    return [
        "  ".join(
            [f"{fit(row[0], widths[0]):<{widths[0]}}"]
            + [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in [names, *rows]
    ]


def path(name: str, home: str) -> str:
    """`name` with `~` for `home`."""
    if home and (name == home or name.startswith((home + "/", home + "\\"))):
        return "~" + name[len(home) :]
    return name


def fit(name: str, width: int) -> str:
    """`name` in `width`: a long one loses what all models begin with, or keeps its end."""
    if len(name) > width:
        name = name.removeprefix("claude-")
    return name if len(name) <= width else "…" + name[-(width - 1) :]
