"""The compactions of runs that were killed: their client wrote no total, and no later one has them.

Such a one is marked in table `turn`, for whoever asks what is in no sum.
"""

from __future__ import annotations

from cheaproute.ledger.schema import MAIN, NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.client_totals.held import Held
    from cheaproute.ledger.client_totals.states import State

KILLED = "killed"
# A run that begins with a compaction may bear the time of its summary, which is made just after.
_SUMMARY_MS = 10_000


def note(db: sqlite3.Connection, state: State, first_ms: int, since: int, found: Held) -> None:
    """Mark the compactions from `first_ms` up to `state` that were of a run before its.

    Its run made no call before `since`; else the calls before a compaction tell, where they are
    `found` to be in no total. Where the clock mixes runs none is known to be.
    """
    if state.low_ms != NEVER:
        return
    times = db.execute(
        "SELECT ts_ms, category FROM turn WHERE session = ? AND kind = 'compact'"
        " AND ts_ms BETWEEN ? AND ?",
        (state.session, first_ms, state.at_ms),
    ).fetchall()
    left = {one.ts_ms for one in found.left if not one.doubtful and one.model in state.names}
    for ts_ms, before in times:
        gone = ts_ms < since - _SUMMARY_MS or (left and _beside(db, state, since, ts_ms) in left)
        if (now := KILLED if gone else "") != before:
            db.execute(
                "UPDATE turn SET category = ? WHERE session = ? AND ts_ms = ? AND kind = 'compact'",
                (now, state.session, ts_ms),
            )


def _beside(db: sqlite3.Connection, state: State, since: int, ts_ms: int) -> int | None:
    """When the main loop's call before a compaction was; the first after it, if it came first."""
    before: int | None
    after: int | None
    before, after = db.execute(
        "SELECT max(CASE WHEN ts_ms <= ?1 THEN ts_ms END), min(CASE WHEN ts_ms > ?1 THEN ts_ms END)"
        " FROM call WHERE session = ?2 AND source = ?3 AND ts_ms BETWEEN ?4 AND ?5",
        (ts_ms, state.session, MAIN, since, state.at_ms),
    ).fetchone()
    return after if before is None else before
