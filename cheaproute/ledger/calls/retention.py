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

    A call before it is not counted any more, for nobody can tell whether it was before. A horizon
    past the latest calls was set by a clock that was wrong: it is none.
    """
    kept = int(meta.get(db, SINCE_DAY) or 0)
    return kept if kept and kept <= latest_day(db) else 0


def misplaced(db: sqlite3.Connection) -> int:
    """The horizon that is kept but lies past the latest calls, 0 if all is well."""
    kept = int(meta.get(db, SINCE_DAY) or 0)
    return kept if kept > latest_day(db) else 0


def latest_day(db: sqlite3.Connection) -> int:
    """The latest day that calls or transcripts tell of, 0 in an empty ledger."""
    (day,) = db.execute(
        "SELECT max(coalesce((SELECT max(day) FROM daily WHERE calls > 0), 0),"
        " coalesce((SELECT max(seen_ms) FROM file), 0) / 86400000)"
    ).fetchone()
    return int(day)


def drop(db: sqlite3.Connection, keep_days: int, now_ms: int) -> int:
    """Drop the calls older than `keep_days` days (0: none ever), keep the totals; how many.

    Counted from the latest calls where the clock is ahead of them: dropping cannot be undone.
    """
    if keep_days <= 0:
        return 0
    since = min(now_ms // DAY_MS, latest_day(db) + 1) - keep_days
    if since <= horizon(db):
        return 0
    with Immediate(db):
        (statement,) = db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'call_removed'"
        ).fetchone()
        db.execute("DROP TRIGGER call_removed")
        dropped = db.execute("DELETE FROM call WHERE day < ?", (since,)).rowcount
        db.execute("DELETE FROM copy WHERE call NOT IN (SELECT id FROM call)")
        for table in ("choice", "turn_choice"):
            db.execute(f"DELETE FROM {table} WHERE ts_ms < ?", (since * DAY_MS,))  # noqa: S608
        db.execute(statement)
        meta.put(db, SINCE_DAY, str(since))
    return dropped
