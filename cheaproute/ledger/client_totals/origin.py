"""What a session's totals began with, where it was forked from another."""

from __future__ import annotations

from cheaproute.ledger.client_totals.states import each, listed
from cheaproute.ledger.client_totals.sums import Total
from cheaproute.ledger.schema import MAIN, NEVER, SUBAGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.client_totals.states import State


class Base:
    """What a session's totals began with; of the `doubtful` models maybe less."""

    __slots__ = ("doubtful", "total")

    def __init__(self, total: Total, doubtful: frozenset[str] = frozenset()) -> None:
        self.total, self.doubtful = total, doubtful


def base(db: sqlite3.Connection, own: State, among: list[State]) -> Base:
    """What the session of `own`, its first total, began with: nothing, or its parent at the fork.

    That is the parent's last total before the fork; and its calls since, where the fork was made
    within the parent's run: a new run goes on from what is written. `among` are the totals of one
    counting; a fork has a parent among them, for from those the client takes what it goes on from.
    A parent whose own transcript is not there has none: then it is those of its calls that its
    forks hold, and what no row tells is booked with the first of these.
    """
    began = began_ms(db, own)
    parent = _copied_from(db, own.session)
    if parent and all(state.session != parent for state in among):
        return _untold(db, own, parent, began, among)
    return Base(_told(db, own, parent, began, among))


def began_ms(db: sqlite3.Connection, own: State) -> int:
    """When the first call of the session was."""
    began = db.execute(
        "SELECT min(ts_ms) FROM call WHERE session = ? AND source IN (?, ?)",
        (own.session, MAIN, SUBAGENT),
    ).fetchone()[0]
    return own.at_ms if began is None else int(began)


def _told(db: sqlite3.Connection, own: State, parent: int, began: int, among: list[State]) -> Total:
    session = own.session
    before = [state for state in among if state.session != session and state.at_ms <= began]
    # The parent's last; another's if no copied row survived a compaction, or it wrote none.
    before.sort(key=lambda state: state.session == parent)
    last = next((state for state in reversed(before) if own.total.covers(state.total)), None)
    if last is None:
        return _parents(db, own, parent, began) if parent else Total()
    if own.run_ms and own.run_ms <= began:
        return last.total
    since = last.until_ms if last.until_ms != NEVER else began
    more = own.total.minus(last.total)
    within = last.total.plus(listed(db, last.session, since + 1, began, within=more))
    mine = listed(db, session, began, own.until_ms, within=more)
    if not own.total.covers(within.plus(mine)) and own.total.covers(last.total.plus(mine)):
        return last.total  # what came since was a killed run's
    return within if own.total.covers(within) else last.total


def _untold(
    db: sqlite3.Connection, own: State, parent: int, began: int, among: list[State]
) -> Base:
    """What `own` has of `parent`, which has no total of this counting."""
    calls = _parents(db, own, parent, began)
    rest = _hidden(db, own, calls, began)
    firsts: dict[int, State] = {}
    for state in sorted(among, key=lambda one: (one.at_ms, one.session)):
        firsts.setdefault(state.session, state)
    for other in firsts.values():
        if other.session == own.session:
            break
        if _copied_from(db, other.session) == parent:
            return _shared(db, own, calls, rest, other, parent)
    return Base(calls)


def _shared(
    db: sqlite3.Connection, own: State, calls: Total, rest: Total, other: State, parent: int
) -> Base:
    """The parent's `calls`, and what of the `rest` of `own` its earlier fork `other` has, too.

    That is the parent's, unless both forks had a compaction of their own.
    """
    began = began_ms(db, other)
    theirs = _hidden(db, other, _parents(db, other, parent, began), began)
    both = Total()
    for model, amounts in rest.sums.items():
        both.sums[model] = tuple(map(min, amounts, theirs.of(model)))
    compacted = db.execute(
        "SELECT 1 FROM turn WHERE session = ? AND kind = 'compact' AND ts_ms BETWEEN ? AND ?",
        (own.session, began_ms(db, own), own.until_ms),
    ).fetchone()
    doubtful = (model for model, amounts in both.sums.items() if compacted and any(amounts))
    return Base(calls.plus(both), frozenset(doubtful))


def _hidden(db: sqlite3.Connection, own: State, calls: Total, began_ms: int) -> Total:
    """What `own` has beyond its parent's `calls` and its session's."""
    return own.total.minus(calls.plus(listed(db, own.session, began_ms, own.until_ms)))


def _parents(db: sqlite3.Connection, own: State, parent: int, began_ms: int) -> Total:
    """The calls of `parent` in `own`: those of its counting, but what a killed run made.

    A run that began after them has nothing of them.
    """
    within = listed(db, parent, own.start_ms, began_ms - 1)
    mine = listed(db, own.session, began_ms, own.until_ms)
    if own.total.covers(within.plus(mine)):
        return within
    room, found = own.total.minus(mine), Total()
    for call in each(db, parent, own.start_ms, began_ms - 1, 0):
        one = Total()
        one.add(call.model, call.amounts)
        one.calls = 1
        if room.covers(with_it := found.plus(one)):
            found = with_it
    return found


def _copied_from(db: sqlite3.Connection, session: int) -> int:
    """The session that `session` was forked from; 0: none."""
    return last_copied(db, session)[0]


def last_copied(db: sqlite3.Connection, session: int) -> tuple[int, str, int]:
    """(session, id, time) of the latest call of another that a file of `session` holds, else zeros.

    Where the other's file is not there, the copy is all there is of the call.
    """
    row = db.execute(
        "SELECT call.session, call.id, call.ts_ms FROM (SELECT copy.call AS id FROM copy"
        " JOIN file ON file.id = copy.file"
        " WHERE file.session = ?1 UNION ALL SELECT call.id FROM call JOIN file"
        " ON file.id = call.file WHERE file.session = ?1 AND call.session != ?1) AS held"
        " JOIN call ON call.id = held.id WHERE call.session != ?1"
        " ORDER BY call.ts_ms DESC, call.id LIMIT 1",
        (session,),
    ).fetchone()
    return row or (0, "", 0)
