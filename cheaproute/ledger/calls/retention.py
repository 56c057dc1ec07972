"""How long single calls are kept (`ledger.keep_days`); the totals of their days stay for ever."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger import meta
from cheaproute.ledger.schema import SINCE_DAY
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def horizon(db: sqlite3.Connection) -> int:
    """The day (since 1970-01-01) before which calls were dropped; 0 if none ever was.

    A call before it is not counted any more, for nobody can tell whether it was before.
    """
    return int(meta.get(db, SINCE_DAY) or 0)


def drop(db: sqlite3.Connection, keep_days: int, now_ms: int) -> int:
    """Drop the calls older than `keep_days` days (0: none ever), keep the totals; how many."""
    since = now_ms // DAY_MS - keep_days
    if keep_days <= 0 or since <= horizon(db):
        return 0
    with Immediate(db):
        (statement,) = db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'call_removed'"
        ).fetchone()
        db.execute("DROP TRIGGER call_removed")
        dropped = db.execute("DELETE FROM call WHERE day < ?", (since,)).rowcount
        db.execute("DELETE FROM copy WHERE call NOT IN (SELECT id FROM call)")
        db.execute(statement)
        meta.put(db, SINCE_DAY, str(since))
    return dropped
