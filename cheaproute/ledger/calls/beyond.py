"""What a request cost beyond its counts, by the client's own word: into the ledger, as an estimate.

An advisor's pass and a search's fee are in the client's cost of a request, and their counts in its
transcript's row alone. Where no row comes the difference is a part of the call, until one does.
"""

from __future__ import annotations

import time

from cheaproute.ledger.calls.record import UNNAMED, Recorder, unpack
from cheaproute.ledger.calls.told import PART, drop_part, kept_as
from cheaproute.usage.call import ESTIMATED, Call
from cheaproute.usage.prices import Prices, cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

# A request that was dearer by less than this, or than its counts, may have met with other prices.
_LEAST_NANO = 1_000_000
# Calls of late that show what the client takes for a model's price, how many of it do; by how much
# two costs differ that tell something, and two shares that are the same.
_LATELY, _ENOUGH, _APART, _SAME = 64, 3, 0.1, 0.02
# A transcript is looked at so often.
_PAUSE_S = 0.05
_MILLION = 1_000_000


class Late:
    """A call of late: what the client says it cost, what its counts do, and with its part."""

    __slots__ = ("booked", "counted", "identity", "told")

    def __init__(self, identity: str, told: int, counted: int, part: int) -> None:
        self.identity, self.told = identity, told
        self.counted, self.booked = counted, counted + part


def nano(db: sqlite3.Connection, call: Call, prices: Prices) -> int:
    """By how much `call` was dearer than its counts, nano-dollars; 0 where that can be a price.

    At list price, which the client goes by; then at the user's. What is less than the counts' own
    cost tells only where the client's price of the model is seen to be ours.
    """
    counted, cost = cost_nano(call, Prices(prices.table, {})), cost_nano(call, prices)
    if counted is None or cost is None:
        return 0
    more = (call.client_nano or 0) - counted
    if more <= max(counted * _APART, _LEAST_NANO):
        return 0
    if more <= counted:
        late = _of_late(db, call, prices)
        if len(late) < _ENOUGH or any(abs(one.told / one.booked - 1) > _SAME for one in late):
            return 0
    return more * cost // counted if counted else more


def without_row(
    db: sqlite3.Connection, told: Iterable[Call], read: Callable[[], bool], end_s: float
) -> list[Call]:
    """Those of `told` whose row is not there by `end_s`: `read` books it, False: no transcript."""
    left = list(told)
    while left and read():
        # Only of a call that has no row yet the id is made of the request's.
        ids = [kept_as(db, one.request_id) or UNNAMED for one in left]
        left = [one for one, name in zip(left, ids, strict=True) if name.startswith(UNNAMED)]
        if not left or time.monotonic() > end_s:
            break
        time.sleep(_PAUSE_S)
    return left


def book(db: sqlite3.Connection, booked: Call, prices: Prices) -> int:
    """Count the difference once, as a part of the booked call; by how much, in nano-dollars.

    Not where the client, an old one, goes by another price of the model: what was booked before
    that showed is taken back. Inside the caller's transaction.
    """
    more, recorder = nano(db, booked, prices), Recorder(db, prices)
    held = recorder.read(booked.id)
    if not more or not held:
        return 0
    if alike := _by_another_price(db, booked, prices):
        for identity in alike:
            drop_part(recorder, identity)
        return 0
    place = unpack(booked.id, held)[1]
    call = Call(booked.id + PART, booked.ts_ms, booked.model, input=_MILLION, estimated=ESTIMATED)
    call.request_id, call.agent, call.sidechain = booked.request_id, place.agent, booked.sidechain
    price = cost_nano(call, prices) or 1
    call.input = (more * _MILLION + price // 2) // price
    return (cost_nano(call, prices) or 0) if recorder.price(call, place, 0, "") else 0


def _by_another_price(db: sqlite3.Connection, call: Call, prices: Prices) -> list[str]:
    """The calls of late that were dearer by the same share, though their counts differ."""
    counted = cost_nano(call, Prices(prices.table, {}))
    if not counted:
        return []
    share = (call.client_nano or 0) / counted
    return [
        one.identity
        for one in _of_late(db, call, prices)
        if abs(one.counted - counted) > counted * _APART
        and abs(one.told / one.counted / share - 1) <= _SAME
    ]


def _of_late(db: sqlite3.Connection, call: Call, prices: Prices) -> list[Late]:
    """What is known of the model's calls before, among the latest of all; at list price."""
    rows = db.execute(
        "SELECT id, client_nano, (SELECT cost_nano FROM call AS part WHERE part.id = late.id || ?1)"
        " FROM (SELECT id, client_nano, model FROM call ORDER BY ts_ms DESC LIMIT ?2) AS late"
        " WHERE client_nano > 0 AND id NOT IN (?3, ?4) AND instr(id, '#') = 0"
        " AND model = (SELECT id FROM model WHERE name = ?5)",
        (PART, _LATELY, call.id, kept_as(db, call.request_id), call.model),
    ).fetchall()
    recorder, listed = Recorder(db, prices), Prices(prices.table, {})
    late = []
    for identity, told, part in rows:
        other = unpack(identity, recorder.read(identity))[0]
        if counted := cost_nano(other, listed):
            late.append(Late(identity, told, counted, part or 0))
    return late
