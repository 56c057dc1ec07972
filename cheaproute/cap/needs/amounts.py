"""Amounts to type: round, and enough for what comes next."""

from __future__ import annotations

from cheaproute import money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What a session can go on with: so much, or so many calls like its next one where they are dearer.
_ROOM, _CALLS = 5 * money.NANO, 30
# From here on a raise is rounded more finely: twice as much would be dear.
_LARGE = 20 * money.NANO
# What a turn of a new session may need.
_TURN = 2 * money.NANO
# The next call may be judged dearer by a little than it is now.
_MARGIN = (5, 4)


def clearing(limit: int, held: int, need: int = 0) -> int:
    """By how much to raise a cap of `limit`, of which `held` is used, so that it lets `need`.

    There is some more to go on with, and it is a round sum: what some tens of calls cost, however
    large the limit is, and of a small one a sixth at most, but where twice the limit is used.
    """
    room = _to_go_on(need)
    # What is over the limit is known; a limit that is met is reached.
    missing = max(held - limit + _with_margin(need), held - limit + need + 1)
    more = max(missing, min(limit // 6, room))
    if missing > room and held > 2 * limit:  # a cap that was a slip
        more = missing + room
    return _finer(more) if more > _LARGE else step(more)


def one_turn(limits: Iterable[int], spent: int, need: int, own: int = 0) -> int:
    """How much a turn may need past the caps: so much for its next call at least.

    That seldom costs more than the whole session did (`spent`), than a part of the least cap, or
    than a raise gives to go on with.
    `own` is what calls of the session that are under way may cost.
    """
    usual = min(min(limits, default=0) // 20, max(spent, _TURN), _to_go_on(need))
    return step(max(usual, _with_margin(need + own), 1))


def step(nano: int) -> int:
    """`nano` rounded up to 1, 2 or 5 and zeros."""
    scale: int = 10 ** (len(str(max(nano, 1))) - 1)
    return next(n * scale for n in (1, 2, 5, 10) if n * scale >= nano)


def _finer(nano: int) -> int:
    """`nano` rounded up, by a quarter at most."""
    scale: int = 10 ** (len(str(nano)) - 1)
    return next(
        n * scale // 4 for n in (4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40) if n * scale >= 4 * nano
    )


def _to_go_on(need: int) -> int:
    return max(_ROOM, _CALLS * need)


def _with_margin(nano: int) -> int:
    return nano * _MARGIN[0] // _MARGIN[1]
