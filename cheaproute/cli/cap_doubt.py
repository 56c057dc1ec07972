"""Whether another cap may be meant than the one that is set: what a shell does with `$`."""

from __future__ import annotations

from collections.abc import Mapping

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.state import State

# So many times less than what was set, or less than what is spent, is seldom meant.
_FAR = 5


def far_below(held: State, wanted: Mapping[str, int]) -> str:
    """A sentence where a limit (nano-dollars by period) is far below the one it stands in for.

    Or below what its period has spent already; "" where none is.
    """
    for name, nano in wanted.items():
        at = held.periods[name]
        old = (at.limit or 0) - at.extra
        far = old >= _FAR * nano
        if not far and at.spent + at.before < _FAR * nano:
            continue
        was = f"The {periods.ADJECTIVES[name]} cap was {money.exact(old)}. " if old else ""
        return (
            f'{was}If you typed a $: a shell reads $340 and "$340" as 40, its own $3 being empty.'
            " Type 340, or '$340' in single quotes."
        )
    return ""
