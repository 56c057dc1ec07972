"""Calls of our own from the moment they leave: booked as estimates, until what they used is known.

An estimate is booked before its call is sent, in the place of as much of the reservation. So a
process that is killed, or gives up waiting, leaves nothing to be found out: what it sent is booked.
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
    estimate = likely.replace(id=SENT + os.urandom(12).hex(), final=False, estimated=ESTIMATED)
    cost = cost_nano(estimate, prices) or 0
    with Immediate(db, wait_s=reservations.PATIENCE_S):
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
    flying = "SELECT pid, started FROM reservation WHERE nano = 0 AND expires_ms > ?"
    alive = sum(process_identity.alive(*row) for row in db.execute(flying, (now_ms,)).fetchall())
    booked = db.execute(
        "SELECT coalesce(cost_nano, 0) FROM call WHERE id >= ? AND id < ? AND final = 0"
        " AND ts_ms > ? ORDER BY ts_ms DESC LIMIT ?",
        (SENT, SENT[:-1] + ";", now_ms - reservations.LIFE_MS, alive),
    ).fetchall()
    return len(booked), sum(row[0] for row in booked)
