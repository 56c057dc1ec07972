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


def clearing(limit: int, held: int, need: int = 0) -> int:
    """By how much to raise a limit of which `held` is used so that a call for `need` has room.

    There is some more, and it is a round sum. A small limit gets a sixth of itself; of a large one
    that would be many days' spending.
    """
    room = min(limit // 6, max(limit // 20, _ROOM))
    missing = held - limit + need
    return step(max(_with_margin(missing), missing + 1, room))  # a limit that is met is reached


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
