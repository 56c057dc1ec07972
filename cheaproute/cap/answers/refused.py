"""The last request that a cap had no room for: what a raise that names no cap is for."""

from __future__ import annotations

from cheaproute.cap import expected
from cheaproute.days import HOUR_MS
from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices

_KEY = "refused"


def note(db: sqlite3.Connection, session: int, nano: int, now_ms: int) -> None:
    """Keep that a request of the session was refused that was likely to cost `nano`."""
    meta.put(db, _KEY, f"{session} {nano} {now_ms}")


def need(db: sqlite3.Connection, session: int, now_ms: int, prices: Prices | None = None) -> int:
    """What the session's next call may cost, nano-dollars, one refused within the hour included.

    0 where nothing is known of it.
    """
    of, nano, at_ms = ([int(word) for word in meta.get(db, _KEY).split()] + [0, 0, 0])[:3]
    late = session and of == session and 0 <= now_ms - at_ms < HOUR_MS
    return max(expected.next_call(db, session, now_ms, prices), nano if late else 0)
