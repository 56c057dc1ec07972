"""Amounts to type: round, and enough for what comes next."""

from __future__ import annotations

from cheaproute import money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What a raise gives at least where a sixth of the limit is no less, and a turn of a new session.
_ROOM, _TURN = 5 * money.NANO, 2 * money.NANO
# The next call may be judged dearer by a little than it is now.
_MARGIN = (5, 4)


def clearing(caps: Iterable[tuple[int, int]], need: int = 0) -> int:
    """By how much to raise each of `caps`, a limit and what is used of it, so that all let `need`.

    There is some more, and it is a round sum. A small limit gets a sixth of itself; of a large one
    that would be many days' spending, and beside a small one no more than that one's.
    """
    missing, rooms = 0, []
    for limit, held in caps:
        lacks = held - limit + need
        missing = max(missing, _with_margin(lacks), lacks + 1)  # a limit that is met is reached
        rooms.append(min(limit // 6, max(limit // 20, _ROOM)))
    return step(max(missing, min(rooms, default=0)))


def one_turn(limits: Iterable[int], spent: int, need: int, own: int = 0) -> int:
    """How much a turn may need past the caps: so much for its next call at least.

    That seldom costs more than the whole session did (`spent`), nor than a part of the least cap.
    `own` is what calls of the session that are under way may cost.
    """
    usual = min(min(limits, default=0) // 20, max(spent, _TURN))
    return step(max(usual, _with_margin(need + own), 1))


def step(nano: int) -> int:
    """`nano` rounded up to 1, 2 or 5 and zeros."""
    scale: int = 10 ** (len(str(max(nano, 1))) - 1)
    return next(n * scale for n in (1, 2, 5, 10) if n * scale >= nano)


def _with_margin(nano: int) -> int:
    return nano * _MARGIN[0] // _MARGIN[1]
