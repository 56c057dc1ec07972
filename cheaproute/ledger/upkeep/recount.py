"""The kept sums made anew from the calls, where another program had its hands in the ledger."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.errors import LedgerError
from cheaproute.ledger import meta, schema
from cheaproute.ledger.calls import retention
from cheaproute.ledger.query.totals import FIELDS, OF_CALLS
from cheaproute.ledger.transactions import Immediate
from cheaproute.money import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_KEY = "day, model, source, project"
_DAILY = (
    f"INSERT INTO daily({_KEY}, {', '.join(FIELDS)}) SELECT {_KEY}, {', '.join(OF_CALLS)}"  # noqa: S608
    f" FROM call WHERE day >= ? GROUP BY {_KEY}"
)
_MONTHLY = (
    "INSERT INTO spent SELECT 'month:' || strftime('%Y-%m', day * 86400, 'unixepoch'),"
    " sum(cost_nano), sum(unpriced) FROM daily GROUP BY 1"
)
_BY_DAY = (
    "INSERT INTO spent SELECT 'day:' || day, sum(cost_nano), sum(unpriced) FROM daily GROUP BY 1"
)
_BY_SESSION = (
    "INSERT OR IGNORE INTO spent SELECT 'session:' || session, sum(coalesce(cost_nano, 0)),"
    " sum(cost_nano IS NULL) FROM call GROUP BY 1"
)
_DROPPED = (
    "DELETE FROM spent WHERE period NOT IN"
    " (SELECT 'session:' || id FROM session WHERE first_ms < ?1 AND ?1 > 0)"
)
_MONTHS = "SELECT coalesce(sum(cost_nano), 0) FROM spent WHERE period LIKE 'month:%'"


def where_due(db: sqlite3.Connection) -> LedgerError | None:
    """Recount if the triggers that keep the sums were replaced; what there is to say of it."""
    with Immediate(db):
        if not meta.get(db, schema.SUMS_DUE):
            return None
        (before,) = db.execute(_MONTHS).fetchone()
        since = retention.horizon(db)
        db.execute("DELETE FROM daily WHERE day >= ?", (since,))
        db.execute(_DAILY, (since,))
        db.execute(_DROPPED, (since * DAY_MS,))
        for statement in (_MONTHLY, _BY_DAY, _BY_SESSION):
            db.execute(statement)
        (after,) = db.execute(_MONTHS).fetchone()
        db.execute("DELETE FROM meta WHERE key = ?", (schema.SUMS_DUE,))
    sums = "the sums were right" if before == after else f"it is {show(after)}, not {show(before)}"
    return LedgerError(
        f"another program had changed what keeps the ledger's sums: ours is back, {sums}"
    )
