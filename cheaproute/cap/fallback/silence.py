"""Calls whose row never comes: what they count as, and when a session with such may not go on.

A client that loses a row now and then is held to what its calls usually cost. A session of which
nothing tells is stopped as soon as what it may have spent is no less than what is left.
"""

from __future__ import annotations

from cheaproute.cap.fallback import hidden
from cheaproute.ledger.ingest import silence
from cheaproute.ledger.ingest.silence import Batch, Lost
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

# One look is no proof.
_ENOUGH = 2
# Each call in a row that nothing tells of may be so many times as dear as the one before it.
_GROWTH = 4


class Standing:
    """Where a session's caps stand: what a call of it costs (0: not known), and what is `left`.

    `keys` are the periods that a call counts in; `near`: one call decides.
    """

    __slots__ = ("keys", "left", "near", "session", "usual")

    def __init__(
        self, session: int, keys: Collection[str], *, usual: int, left: int, near: bool
    ) -> None:
        self.session = session
        self.keys = keys
        self.usual = usual
        self.left = left
        self.near = near


class Silence:
    """What a batch without a row means: `changed`, whether the caps' sums did; `stops` the loop.

    `here`: the row came meanwhile, and can be counted.
    """

    __slots__ = ("changed", "here", "stops")

    def __init__(self, *, changed: bool = False, stops: bool = False, here: bool = False) -> None:
        self.changed = changed
        self.here = here
        self.stops = stops


def look(db: sqlite3.Connection, at: Standing, batch: Batch, now_ms: int, end_s: float) -> Silence:
    """Take in that `batch` has no row yet.

    It is waited for until `end_s` (`time.monotonic`) where it would be the second in a row, or
    where one call decides.
    """
    if not batch.file or not batch.uses:
        return Silence()
    lost, came = silence.earlier(db, batch)
    run = 1 + _in_a_row(db, at.session, batch, lost)
    waited = run >= _ENOUGH or at.near
    added = -sum(one.nano for one in came)
    for one in lost:
        if not one.nano:
            one.nano = at.usual
            added += at.usual
    here = batch.comes(end_s if waited else 0.0)
    if not here:
        lost.append(Lost(batch.uses[0], now_ms, at.usual if waited else 0))
        added += lost[-1].nano
    _keep(db, at.keys, batch, lost, added, now_ms)
    many = run >= _ENOUGH and (not at.usual or at.usual * _GROWTH**run >= at.left)
    return Silence(changed=added != 0, stops=many and not here, here=here)


def take_back(db: sqlite3.Connection, keys: Collection[str], batch: Batch, now_ms: int) -> None:
    """Have what rows counted as that came since count no more, in the periods `keys`."""
    lost, came = silence.earlier(db, batch)
    if came:
        _keep(db, keys, batch, lost, -sum(one.nano for one in came), now_ms)


def _keep(
    db: sqlite3.Connection,
    keys: Collection[str],
    batch: Batch,
    lost: list[Lost],
    added: int,
    now_ms: int,
) -> None:
    with Immediate(db):
        silence.keep(db, batch, lost)
        if added:
            hidden.add(db, keys, added, now_ms)


def _in_a_row(db: sqlite3.Connection, session: int, batch: Batch, lost: list[Lost]) -> int:
    """How many of `lost` are behind the loop's last call that a row tells of."""
    if not lost:
        return 0
    told = silence.last_told(db, batch, session, min(one.ts_ms for one in lost))
    return sum(one.ts_ms >= told for one in lost)
