"""The ledger made anew from what it rests on: the transcripts that are left, and its own record.

Transcripts are pruned after a month or so. So what they no longer tell, the ledger keeps: calls
whose file is gone, delegated and tracked ones, dispatches, caps. What they still tell is read
again, priced at today's table, and the totals are summed anew.
"""

from __future__ import annotations

import os

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls import retention
from cheaproute.ledger.calls.reconcile import reconcile
from cheaproute.ledger.calls.record import Recorder
from cheaproute.ledger.ingest import history
from cheaproute.ledger.schema import MAIN, SUBAGENT, UNLISTED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from cheaproute.ledger.ingest.history import Backfill
    from cheaproute.usage.prices import Prices

_SUMS = (
    "count(*), sum(input), sum(output), sum(write_5m), sum(write_1h), sum(read), "
    "sum(web_search), sum(coalesce(cost_nano, 0)), sum(saved_nano), sum(cost_nano IS NULL), "
    "sum(1 - final)"
)


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
        _forget(db, [path for path, _ in found])
        recorder = Recorder(db, prices)
        for (identity,) in db.execute(
            "SELECT id FROM call WHERE source != ?", (UNLISTED,)
        ).fetchall():
            recorder.reprice(identity)
        sum_up(db)
        done = history.read(db, found, now_ms, prices, progress)
        sessions = {row[0] for row in db.execute("SELECT DISTINCT session FROM cost_state")}
        reconcile(db, sessions, prices)
    return done


def _forget(db: sqlite3.Connection, paths: list[str]) -> None:
    """Drop what the transcripts at `paths` told, and that they were read."""
    known = []
    for path in paths:
        row = db.execute("SELECT id, session, agent FROM file WHERE path = ?", (path,)).fetchone()
        if row is not None and os.path.exists(path):
            known.append(row)
    db.executemany(
        "DELETE FROM call WHERE file = ? AND source IN (?, ?)",
        [(file, MAIN, SUBAGENT) for file, _, _ in known],
    )
    db.executemany("DELETE FROM copy WHERE file = ?", [(file,) for file, _, _ in known])
    db.executemany(
        "DELETE FROM cost_state WHERE session = ?",
        [(session,) for _, session, agent in known if not agent],
    )
    db.executemany(
        "UPDATE file SET offset = 0, inode = 0, tail = x'' WHERE id = ?",
        [(file,) for file, _, _ in known],
    )


def sum_up(db: sqlite3.Connection) -> None:
    """Make the kept totals anew from the calls. Inside the caller's transaction.

    Of days whose calls were dropped (`ledger.keep_days`) the totals are all there is: they stand.
    """
    since = retention.horizon(db)
    db.execute("DELETE FROM daily WHERE day >= ?", (since,))
    db.execute(
        f"INSERT INTO daily SELECT day, model, source, project, {_SUMS} "  # noqa: S608
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


def drift(db: sqlite3.Connection) -> int:
    """By how many nano-dollars the kept totals and the sum of the calls differ: 0, if all is well.

    Reads every call: for `doctor`, not for a hook.
    """
    since = retention.horizon(db)
    differs: int = db.execute(
        "SELECT coalesce(sum(abs(difference)), 0) FROM (SELECT sum(cost) AS difference FROM ("
        "SELECT day, model, source, project, cost_nano AS cost FROM daily WHERE day >= ?1 "
        "UNION ALL SELECT day, model, source, project, -coalesce(cost_nano, 0) FROM call "
        "WHERE day >= ?1) GROUP BY day, model, source, project)",
        (since,),
    ).fetchone()[0]
    return differs
