"""Calls of our own from the moment they leave: booked as estimates, until what they used is known.

An estimate is booked before its call is sent, in the place of as much of the reservation. So a
process that is killed, or gives up waiting, leaves nothing to be found out: what it sent is booked.
"""

from __future__ import annotations

import secrets

from cheaproute.cap import reservations
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
    estimate = likely.replace(id=SENT + secrets.token_hex(12), final=False, estimated=ESTIMATED)
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
