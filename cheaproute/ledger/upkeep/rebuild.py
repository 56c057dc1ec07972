"""The ledger made anew from what it rests on: the transcripts that are left, and its own record.

Transcripts are pruned after a month or so, and may be cut, rewritten or unreadable. So what they no
longer tell, the ledger keeps: calls that were not found again, delegated and tracked ones,
dispatches, caps. What they still tell is read again, priced at today's table, and the totals are
summed anew.
"""

from __future__ import annotations

import os
import stat

from cheaproute.days import DAY_MS
from cheaproute.ledger import meta
from cheaproute.ledger.calls import retention
from cheaproute.ledger.calls.record import Recorder
from cheaproute.ledger.client_totals import reprice
from cheaproute.ledger.client_totals.reconcile import reconcile
from cheaproute.ledger.ingest import history
from cheaproute.ledger.query.totals import OF_CALLS
from cheaproute.ledger.schema import SINCE_DAY, UNLISTED
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import kept
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from cheaproute.ledger.ingest.history import Backfill
    from cheaproute.usage.prices import Prices


def rebuild(
    db: sqlite3.Connection,
    found: list[tuple[str, int]],
    now_ms: int,
    prices: Prices,
    progress: Callable[[int], None] = lambda _: None,
) -> Backfill:
    """Make the ledger anew from the transcripts `found`, in one transaction: all of it or nothing.

    Hooks wait for their turn meanwhile, and give up after two seconds: their calls are read by the
    next one.
    """
    with Immediate(db):
        misplaced = bool(retention.misplaced(db))
        if misplaced:
            _set_totals_aside(db)
        kept.set_aside(db, _readable(db, [path for path, _ in found]))
        recorder = Recorder(db, prices)
        for (identity,) in db.execute(
            "SELECT id FROM call WHERE source != ?", (UNLISTED,)
        ).fetchall():
            reprice.again(recorder, identity)
        sum_up(db)
        done = history.read(db, found, now_ms, prices, progress)
        done.kept = kept.put_back(db, prices)
        sessions = {row[0] for row in db.execute("SELECT DISTINCT session FROM cost_state")}
        reconcile(db, sessions, prices)
        if misplaced:
            _put_totals_back(db)
    return done


def _set_totals_aside(db: sqlite3.Connection) -> None:
    """Lift a horizon that a wrong clock set, past all calls: what can be read counts again."""
    db.execute("DROP TABLE IF EXISTS temp.kept_daily")
    db.execute("CREATE TEMP TABLE kept_daily AS SELECT * FROM daily WHERE calls > 0")
    meta.put(db, SINCE_DAY, "0")


def _put_totals_back(db: sqlite3.Connection) -> None:
    """Let the totals stand of days whose calls were dropped and cannot be read any more."""
    days = db.execute(
        "SELECT k.day, sum(k.calls) > (SELECT coalesce(sum(calls), 0) FROM daily d"
        " WHERE d.day = k.day) FROM temp.kept_daily k GROUP BY k.day ORDER BY k.day DESC"
    )
    lost = next((day for day, less in days if less), None)
    if lost is not None:
        since = lost + 1
        trigger = db.execute("SELECT sql FROM sqlite_master WHERE name = 'call_removed'").fetchone()
        db.execute("DROP TRIGGER call_removed")
        db.execute("DELETE FROM call WHERE day < ?", (since,))
        db.execute("DELETE FROM copy WHERE call NOT IN (SELECT id FROM call)")
        db.execute(trigger[0])
        db.execute("DELETE FROM daily WHERE day < ?", (since,))
        db.execute("INSERT INTO daily SELECT * FROM temp.kept_daily WHERE day < ?", (since,))
        meta.put(db, SINCE_DAY, str(since))
        sum_up(db)
    db.execute("DROP TABLE temp.kept_daily")


def _readable(db: sqlite3.Connection, paths: list[str]) -> list[int]:
    """The row ids of those of `paths` that the ledger knows and that can be read now."""
    files = []
    for path in paths:
        row = db.execute("SELECT id FROM file WHERE path = ?", (storable(path),)).fetchone()
        try:
            if row is None or not stat.S_ISREG(os.stat(path).st_mode):
                continue
            with open(path, "rb") as file:
                file.read(1)
        except (OSError, ValueError):
            continue
        files.append(row[0])
    return files


def sum_up(db: sqlite3.Connection) -> None:
    """Make the kept totals anew from the calls. Inside the caller's transaction.

    Of days whose calls were dropped (`ledger.keep_days`) the totals are all there is: they stand.
    """
    since = retention.horizon(db)
    db.execute("DELETE FROM daily WHERE day >= ?", (since,))
    db.execute(
        f"INSERT INTO daily SELECT day, model, source, project, {', '.join(OF_CALLS)} "  # noqa: S608
        "FROM call WHERE day >= ? GROUP BY day, model, source, project",
        (since,),
    )
    # Sessions that began before calls were dropped keep their sum, too.
    db.execute(
        "DELETE FROM spent WHERE period NOT IN "
        "(SELECT 'session:' || id FROM session WHERE first_ms < ?)",
        (since * DAY_MS,),
    )
    db.execute(
        "INSERT INTO spent SELECT 'month:' || strftime('%Y-%m', day * 86400, 'unixepoch'), "
        "sum(cost_nano), sum(unpriced) FROM daily WHERE calls > 0 GROUP BY 1"
    )
    db.execute(
        "INSERT INTO spent SELECT 'day:' || day, sum(cost_nano), sum(unpriced) FROM daily "
        "WHERE calls > 0 GROUP BY 1"
    )
    db.execute(
        "INSERT INTO spent SELECT 'session:' || session, sum(coalesce(cost_nano, 0)), "
        "sum(cost_nano IS NULL) FROM call WHERE session NOT IN "
        "(SELECT id FROM session WHERE first_ms < ?) GROUP BY session",
        (since * DAY_MS,),
    )
