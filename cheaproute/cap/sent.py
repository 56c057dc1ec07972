"""Calls of our own from the moment they leave: booked as estimates, until what they used is known.

An estimate is booked before its call is sent, in the place of as much of the reservation. So a
process that is killed, or gives up waiting, leaves nothing to be found out: what it sent is booked.
It is what the call is likely to cost, so that it makes no sum a lower bound; what it may cost
beyond that stays set aside until the call has ended.
"""

from __future__ import annotations

import os

from cheaproute.cap import process_identity, reservations
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import ESTIMATED
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# The id of an estimate begins so: no message of the API's does.
SENT = "sent:"


def leave(
    db: sqlite3.Connection, reservation: int, likely: Call, place: Place, prices: Prices
) -> Call:
    """Book `likely`, which is sent next, as an estimate; the estimate. One transaction."""
    name = f"{SENT}{reservation}.{os.urandom(12).hex()}"
    estimate = likely.replace(id=name, final=True, estimated=ESTIMATED)
    cost = cost_nano(estimate, prices) or 0
    with Immediate(db, wait_s=reservations.PATIENCE_S):
        held = db.execute("SELECT ts_ms FROM reservation WHERE id = ?", (reservation,)).fetchone()
        estimate.ts_ms = max(estimate.ts_ms, *(held or (0,)))  # others may have been waited for
        Recorder(db, prices).put(estimate, place)
        db.execute(
            "UPDATE reservation SET nano = max(0, nano - ?) WHERE id = ?", (cost, reservation)
        )
    return estimate


def take_back(db: sqlite3.Connection, reservation: int, estimate: str) -> None:
    """End the reservation of a call that was not billed; it is booked no longer."""
    with Immediate(db, wait_s=reservations.PATIENCE_S):
        reservations.release(db, reservation)
        remove(db, estimate)


def remove(db: sqlite3.Connection, estimate: str) -> None:
    """Take an estimate out of the books: its call was not billed, or is booked exactly."""
    if estimate:
        db.execute("DELETE FROM call WHERE id = ?", (estimate,))


def under_way(db: sqlite3.Connection, now_ms: int) -> tuple[int, int]:
    """How many calls have left and have no answer yet, and the nano-dollars they are booked at."""
    flying = (
        "SELECT pid, started, coalesce(cost_nano, 0) FROM reservation r JOIN call c"
        " ON c.id >= ?1 || r.id || '.' AND c.id < ?1 || r.id || '/'"  # a number may come again
        " AND c.ts_ms >= r.ts_ms WHERE expires_ms > ?2"
    )
    rows = db.execute(flying, (SENT, now_ms)).fetchall()
    booked = [nano for pid, started, nano in rows if process_identity.alive(pid, started)]
    return len(booked), sum(booked)
