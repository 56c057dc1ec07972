"""What a request cost beyond its counts, by the client's own word: into the ledger, as an estimate.

An advisor's pass and a search's fee are in the client's cost of a request, and their counts in its
transcript's row alone. Where no row comes the difference is a part of the call, until one does.
"""

from __future__ import annotations

import time

from cheaproute.ledger.calls.record import UNNAMED, Recorder, unpack
from cheaproute.ledger.calls.told import PART, drop_part, kept_as
from cheaproute.usage.call import ESTIMATED, Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from cheaproute.usage.prices import Prices

# A request that was dearer by less than this, or this share of its counts, is taken as counted: the
# surcharge for a place is a tenth, and no record tells of it.
_LEAST_NANO, _APART = 1_000_000, 0.1
# The client rounds its own cost to a millionth of a dollar.
_ROUNDING_NANO = 1_000
# It prices a model that it does not know as this one.
_UNKNOWN_AS = "claude-opus-5"
# Calls of late that show what the client takes for a model's price, and shares that are the same.
_LATELY, _SAME = 64, 0.02
# A transcript is looked at so often.
_PAUSE_S = 0.05
_MILLION = 1_000_000


class Late:
    """A call of late: what the client says it cost, and what its counts do, in nano-dollars.

    `here`: it is of the session that is judged; `part`: what it was dearer by is booked.
    """

    __slots__ = ("counted", "here", "identity", "part", "told")

    def __init__(self, identity: str, told: int, counted: int, *, here: bool, part: bool) -> None:
        self.identity, self.told, self.counted = identity, told, counted
        self.here, self.part = here, part

    def is_at(self, share: float) -> bool:
        """Whether the client's cost is so many times that of the counts."""
        return abs(self.told / self.counted / share - 1) <= _SAME


def nano(call: Call, prices: Prices) -> int:
    """By how much `call` was dearer than its counts, nano-dollars; 0 where too little to tell.

    At list price, which the client goes by; then at the user's. 0, too, where its cost is what an
    older client takes for it: the model's price before, or that of one that it does not know.
    """
    counted = cost_nano(call, prices.listed)
    if counted is None:
        return 0
    more = (call.client_nano or 0) - counted
    if more <= max(counted * _APART + _ROUNDING_NANO, _LEAST_NANO):
        return 0
    for other in (call.replace(ts_ms=0), call.replace(model=_UNKNOWN_AS)):
        cost = cost_nano(other, prices.listed)
        if cost is not None and abs(cost - counted - more) <= _ROUNDING_NANO:
            return 0
    cost = cost_nano(call, prices)
    if cost is None:
        return 0
    return more * cost // counted if counted else more


def dearer(db: sqlite3.Connection, told: Iterable[Call], prices: Prices) -> list[Call]:
    """Those of `told` that a row or the books have to make good: see `book`."""
    found = []
    for call in told:
        if nano(call, prices):
            alike = _by_another_price(db, call, prices)
            if not alike or any(one.part for one in alike):
                found.append(call)
    return found


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

    Not where the client, an old one, is seen to go by another price of the model: what was booked
    before that showed is taken back. Inside the caller's transaction.
    """
    more, recorder = nano(booked, prices), Recorder(db, prices)
    held = recorder.read(booked.id)
    if not more or not held:
        return 0
    if alike := _by_another_price(db, booked, prices):
        for one in alike:
            drop_part(recorder, one.identity)
        return 0
    place = unpack(booked.id, held)[1]
    call = Call(booked.id + PART, booked.ts_ms, booked.model, input=_MILLION, estimated=ESTIMATED)
    call.request_id, call.agent, call.sidechain = booked.request_id, place.agent, booked.sidechain
    price = cost_nano(call, prices) or 1
    call.input = (more * _MILLION + price // 2) // price
    return (cost_nano(call, prices) or 0) if recorder.price(call, place, 0, "") else 0


def _by_another_price(db: sqlite3.Connection, call: Call, prices: Prices) -> list[Late]:
    """The calls of late that were dearer by the same share, though their counts differ.

    None where another one of the session was not dearer: its client goes by our price.
    """
    counted = cost_nano(call, prices.listed)
    if not counted:
        return []
    late = _of_late(db, call, prices)
    if any(one.here and one.is_at(1) for one in late):
        return []
    share = (call.client_nano or 0) / counted
    return [
        one for one in late if abs(one.counted - counted) > counted * _APART and one.is_at(share)
    ]


def _of_late(db: sqlite3.Connection, call: Call, prices: Prices) -> list[Late]:
    """What is known of the model's calls before, among the latest of all; at list price.

    Not of one whose row has told what it used beside its counts.
    """
    rows = db.execute(
        "SELECT id, client_nano, session = (SELECT id FROM session WHERE uuid = ?6),"
        " EXISTS(SELECT 1 FROM call AS part WHERE part.id = late.id || ?1)"
        " FROM (SELECT id, client_nano, model, session FROM call ORDER BY ts_ms DESC LIMIT ?2)"
        " AS late WHERE client_nano > 0 AND id NOT IN (?3, ?4) AND instr(id, '#') = 0"
        " AND model = (SELECT id FROM model WHERE name = ?5) AND NOT EXISTS(SELECT 1 FROM call AS"
        " part WHERE part.id > late.id || '#' AND part.id < late.id || '$'"
        " AND part.id != late.id || ?1)",
        (PART, _LATELY, call.id, kept_as(db, call.request_id), call.model, call.session),
    ).fetchall()
    recorder = Recorder(db, prices)
    late = []
    for identity, told, here, part in rows:
        other = unpack(identity, recorder.read(identity))[0]
        if counted := cost_nano(other, prices.listed):
            late.append(Late(identity, told, counted, here=bool(here), part=bool(part)))
    return late
