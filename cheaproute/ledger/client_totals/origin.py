"""What a session's totals began with, where it was forked from another."""

from __future__ import annotations

from cheaproute.ledger.client_totals.states import listed
from cheaproute.ledger.client_totals.sums import Total
from cheaproute.ledger.schema import MAIN, NEVER, SUBAGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.client_totals.states import State


def base(db: sqlite3.Connection, own: State, among: list[State]) -> Total:
    """What the session of `own`, its first total, began with: nothing, or its parent at the fork.

    That is the parent's last total before the fork; and its calls since, where the fork was made
    within the parent's run: a new run goes on from what is written. `among` are the totals of one
    counting; a fork has a parent among them, for from those the client takes what it goes on from.
    """
    session = own.session
    began = db.execute(
        "SELECT min(ts_ms) FROM call WHERE session = ? AND source IN (?, ?)",
        (session, MAIN, SUBAGENT),
    ).fetchone()[0]
    if began is None:
        began = own.at_ms
    before = [state for state in among if state.session != session and state.at_ms <= began]
    parent = _copied_from(db, session)
    # The parent's last; another's if no copied row survived a compaction, or it wrote none.
    before.sort(key=lambda state: state.session == parent)
    last = next((state for state in reversed(before) if own.total.covers(state.total)), None)
    if last is None:
        return _of_the_same_run(db, own, parent, began)
    if own.run_ms and own.run_ms <= began:
        return last.total
    since = last.until_ms if last.until_ms != NEVER else began
    more = own.total.minus(last.total)
    within = last.total.plus(listed(db, last.session, since + 1, began, within=more))
    mine = listed(db, session, began, own.until_ms, within=more)
    if not own.total.covers(within.plus(mine)) and own.total.covers(last.total.plus(mine)):
        return last.total  # what came since was a killed run's
    return within if own.total.covers(within) else last.total


def _of_the_same_run(db: sqlite3.Connection, own: State, parent: int, began_ms: int) -> Total:
    """What `own` has of the calls of `parent`, which wrote no total: it was left amid its run.

    A run that began after them has nothing of them.
    """
    if not parent:
        return Total()
    within = listed(db, parent, own.start_ms, began_ms - 1)
    mine = listed(db, own.session, began_ms, own.until_ms)
    return within if own.total.covers(within.plus(mine)) else Total()


def _copied_from(db: sqlite3.Connection, session: int) -> int:
    """The session whose call is the latest that a file of `session` holds a copy of; 0: none."""
    row = db.execute(
        "SELECT call.session FROM copy JOIN file ON file.id = copy.file "
        "JOIN call ON call.id = copy.call WHERE file.session = ? AND call.session != ? "
        "ORDER BY call.ts_ms DESC, call.id LIMIT 1",
        (session, session),
    ).fetchone()
    return row[0] if row else 0
