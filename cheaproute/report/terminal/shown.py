"""The caps' state for one who shows its sums: which of them are lower bounds (hot path)."""

from __future__ import annotations

from cheaproute.cap import state as states
from cheaproute.ledger.query import bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.cap.state import State


def state(db: sqlite3.Connection, session: int | str, now_ms: int) -> State:
    """As `cap.state.state`, with `lower` of each period. A gate judges without it."""
    found = states.state(db, session, now_ms)
    for at in found.periods.values():
        at.lower = bounds.of_key(db, at.key)
    return found
