"""Bars, sparklines and aligned columns of plain text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"
# The least widths by a column's name, so that tables under each other line up.
FIRST = 26
_LEAST = {"Cost": 11, "Share": 5, "Calls": 5, "In": 5, "Cached": 6, "Out": 5}


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
    """A header and rows, the first column to the left, all others to the right."""
    widths = [
        max(_LEAST.get(name, 0), *(len(row[i]) for row in [names, *rows]))
        for i, name in enumerate(names)
    ]
    widths[0] = max(widths[0], FIRST)
    return [
        "  ".join(
            f"{cell:<{width}}" if i == 0 else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [names, *rows]
    ]


def path(name: str, home: str, width: int) -> str:
    """`name` with `~` for `home`, fitted to `width`."""
    if home and (name == home or name.startswith((home + "/", home + "\\"))):
        name = "~" + name[len(home) :]
    return fit(name, width)


def fit(name: str, width: int) -> str:
    """`name`, of which one longer than `width` keeps its end."""
    return name if len(name) <= width else "…" + name[-(width - 1) :]
