"""Sums to compare: the client's running totals, and the calls listed in transcripts.

Both are by the model that the client asked for, for that is what it books under.
"""

from __future__ import annotations

import json

from cheaproute.ledger.calls.told import PROVISIONAL
from cheaproute.ledger.schema import HELPER, MAIN, NEVER, SUBAGENT
from cheaproute.usage.call import COUNTS
from cheaproute.usage.models import canonical, windowless
from cheaproute.usage.purposes import COMPLETIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

WIDTH = len(COUNTS)
NOTHING = (0,) * (WIDTH + 1)

# The client books an advisor's share, but not the other things a message used besides. A main
# loop's calls are those that the total's own file has, be it as copies: a session that was gone on
# with on two machines has two files, each with totals of its own.
_LISTED = (
    "SELECT name, sum(input), sum(output), sum(write_5m), sum(write_1h), sum(read), "  # noqa: S608
    "sum(web_search), coalesce(sum(cost_nano), 0), count(*), "
    "max(cost_nano IS NULL), (SELECT name FROM model WHERE id = call.model) "
    "FROM call JOIN model ON model.id = CASE requested WHEN 0 THEN call.model ELSE requested END "
    "WHERE session = ?1 AND source IN (?2, ?3, ?4) AND ts_ms >= ?5 AND ts_ms <= ?6 "
    "AND (?7 = 0 OR source != ?2 OR file IN (0, ?7) OR EXISTS "
    "(SELECT 1 FROM copy WHERE copy.file = ?7 AND copy.call = call.id)) "
    "AND (source != ?4 OR ?8 < 1 OR estimated != 1) AND (source != ?4 OR ?8 < 2"
    f" OR purpose NOT IN {COMPLETIONS}) "
    f"AND NOT ({PROVISIONAL})"
    " AND (instr(call.id, '#') = 0 OR instr(call.id, '#advisor') > 0) GROUP BY 1, 11"
)


class Total:
    """By model, the six counts and nano-dollars of a number of calls.

    `inexact` are the models for which our price of a call need not be the client's.
    """

    __slots__ = ("calls", "inexact", "sums")

    def __init__(self) -> None:
        self.sums: dict[str, tuple[int, ...]] = {}
        self.inexact: set[str] = set()
        self.calls = 0

    def of(self, model: str) -> tuple[int, ...]:
        """The seven sums of `model`."""
        return self.sums.get(model, NOTHING)

    def add(self, model: str, amounts: Sequence[int]) -> None:
        """Add the seven `amounts` to those of `model`, in any of its spellings."""
        name = canonical(model)
        self.sums[name] = tuple(a + b for a, b in zip(self.of(name), amounts, strict=True))

    def plus(self, other: Total) -> Total:
        """The sum of both."""
        both = Total()
        for part in (self, other):
            both.calls += part.calls
            both.inexact |= part.inexact
            for model, amounts in part.sums.items():
                both.add(model, amounts)
        return both

    def minus(self, other: Total) -> Total:
        """What this has beyond `other`, nothing below 0."""
        rest = Total()
        for model, amounts in self.sums.items():
            known = other.of(model)
            rest.sums[model] = tuple(max(0, a - b) for a, b in zip(amounts, known, strict=True))
        return rest

    def covers(self, other: Total) -> bool:
        """Whether no count of `other` is above its like here."""
        return all(
            mine >= theirs
            for model, amounts in other.sums.items()
            for mine, theirs in zip(self.of(model)[:WIDTH], amounts[:WIDTH], strict=True)
        )


class State:
    """A session's total, as the client wrote it between `at_ms` and `until_ms`.

    It stands in `file`, at the end of a run that began at `run_ms` and ended at `ended_ms` (all 0:
    unknown).
    `names` are the models as written, by their canonical names.
    """

    __slots__ = (
        "at_ms", "ended_ms", "file", "names", "run_ms", "session", "start_ms", "total", "until_ms",
    )  # fmt: skip

    def __init__(
        self,
        session: int,
        at_ms: int,
        until_ms: int,
        start_ms: int,
        usage: str,
        file: int,
        run_ms: int,
        ended_ms: int,
    ) -> None:
        self.file, self.run_ms, self.ended_ms = file, run_ms, ended_ms
        self.session = session
        self.at_ms = at_ms
        self.until_ms = until_ms
        self.start_ms = start_ms
        self.total = Total()
        self.names: dict[str, str] = {}
        for model, amounts in json.loads(usage).items():
            self.total.add(model, amounts)
            self.names[canonical(model)] = windowless(model)


def states(db: sqlite3.Connection, start_ms: int) -> list[State]:
    """The totals whose counting began at `start_ms`, in the order of their time."""
    rows = db.execute(
        "SELECT session, at_ms, until_ms, start_ms, usage, file, run_ms, ended_ms"
        " FROM cost_state WHERE start_ms = ? ORDER BY at_ms",
        (start_ms,),
    )
    return [State(*row) for row in rows]


def listed(
    db: sqlite3.Connection,
    session: int,
    first_ms: int,
    until_ms: int,
    file: int = 0,
    within: Total | None = None,
) -> Total:
    """The sum of the session's calls that are known one by one, of that time.

    With a `file`, of the main loop's only those it has. Where the client's own sum that they are to
    be `within` does not hold them all: without what it never heard the end of (a ping that a
    session ended under), then without what a module asked a model, which it lacks on 2.1.286 and
    2.1.322 (2.1.330 has it; a fork that was answered all have).
    """
    span = (session, MAIN, SUBAGENT, HELPER, first_ms, until_ms, file)
    found = _sum(db, (*span, 0))
    for less in (1, 2):
        if within is None or within.covers(found):
            break
        found = _sum(db, (*span, less))
    return found


def _sum(db: sqlite3.Connection, values: tuple[int, ...]) -> Total:
    total = Total()
    for name, *amounts, calls, unpriced, answered in db.execute(_LISTED, values):
        total.add(name, amounts)
        total.calls += calls
        if unpriced or canonical(answered) != canonical(name):
            total.inexact.add(canonical(name))
    return total


def has_helper(db: sqlite3.Connection, session: int, first_ms: int, until_ms: int) -> bool:
    """Whether a helper's call of the session is known of that time: the client tells of each."""
    query = "SELECT 1 FROM call WHERE session = ? AND source = ? AND ts_ms BETWEEN ? AND ? LIMIT 1"
    return db.execute(query, (session, HELPER, first_ms, until_ms)).fetchone() is not None


def helpers_from(db: sqlite3.Connection, session: int, since_ms: int, until_ms: int) -> int:
    """From when on, up to `until_ms`, all calls of the session were helpers'."""
    last, first_helper = db.execute(
        "SELECT max(CASE WHEN source != ?2 THEN ts_ms END),"
        " min(CASE WHEN source = ?2 THEN ts_ms END)"
        " FROM call WHERE session = ?1 AND source IN (?2, ?3, ?4) AND ts_ms >= ?5 AND ts_ms < ?6",
        (session, HELPER, MAIN, SUBAGENT, since_ms, until_ms),
    ).fetchone()
    if first_helper is None:
        return until_ms
    return since_ms if last is None else min(int(last) + 1, until_ms)


def calls_back(
    db: sqlite3.Connection, session: int, first_ms: int, until_ms: int, file: int
) -> list[int]:
    """The times of the session's calls of that time, the latest first."""
    rows = db.execute(
        "SELECT DISTINCT ts_ms FROM call WHERE session = ?1 AND source IN (?2, ?3, ?4)"
        " AND ts_ms >= ?5 AND ts_ms <= ?6 AND (?7 = 0 OR source != ?2 OR file IN (0, ?7) OR EXISTS"
        " (SELECT 1 FROM copy WHERE copy.file = ?7 AND copy.call = call.id)) ORDER BY ts_ms DESC",
        (session, MAIN, SUBAGENT, HELPER, first_ms, until_ms, file),
    )
    return [row[0] for row in rows]


def parted_ms(db: sqlite3.Connection, session: int, file: int, other: int) -> int:
    """When the session's transcript `other` first had a call that `file` has not; NEVER: never."""
    (at,) = db.execute(
        "SELECT min(ts_ms) FROM call WHERE session = ?1 AND source = ?2 AND (file = ?4 OR EXISTS"
        " (SELECT 1 FROM copy WHERE copy.file = ?4 AND copy.call = call.id)) AND file != ?3"
        " AND NOT EXISTS (SELECT 1 FROM copy WHERE copy.file = ?3 AND copy.call = call.id)",
        (session, MAIN, file, other),
    ).fetchone()
    return NEVER if at is None else int(at)


def base(db: sqlite3.Connection, session: int, among: list[State]) -> Total:
    """What the totals of `session` began with: nothing, or where its parent stood at the fork.

    That is the parent's last total before the fork; and its calls since, where the fork was made
    within the parent's run: a new run goes on from what is written. `among` are the totals of one
    counting; a fork has a parent among them, for from those the client takes what it goes on from.
    """
    own = next(state for state in among if state.session == session)
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
        return Total()
    if own.run_ms and own.run_ms <= began:
        return last.total
    since = last.until_ms if last.until_ms != NEVER else began
    more = own.total.minus(last.total)
    within = last.total.plus(listed(db, last.session, since + 1, began, within=more))
    return within if own.total.covers(within) else last.total


def _copied_from(db: sqlite3.Connection, session: int) -> int:
    """The session whose call is the latest that a file of `session` holds a copy of; 0: none."""
    row = db.execute(
        "SELECT call.session FROM copy JOIN file ON file.id = copy.file "
        "JOIN call ON call.id = copy.call WHERE file.session = ? AND call.session != ? "
        "ORDER BY call.ts_ms DESC, call.id LIMIT 1",
        (session, session),
    ).fetchone()
    return row[0] if row else 0
