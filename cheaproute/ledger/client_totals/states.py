"""Sums to compare: the client's running totals, and the calls listed in transcripts.

Both are by the model that the client asked for, for that is what it books under.
"""

from __future__ import annotations

import json

from cheaproute.ledger.calls.told import PROVISIONAL
from cheaproute.ledger.client_totals.sums import WIDTH, Total
from cheaproute.ledger.schema import HELPER, MAIN, NEVER, SUBAGENT
from cheaproute.usage.call import ESTIMATED
from cheaproute.usage.models import canonical, windowless
from cheaproute.usage.purposes import COMPLETIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# The client books an advisor's share, but not the other things a message used besides. A main
# loop's calls are those that the total's own file has, be it as copies: a session that was gone on
# with on two machines has two files, each with totals of its own.
_ANSWERED = "(SELECT name FROM model WHERE id = call.model)"
_CALLS = (
    "FROM call JOIN model ON model.id = CASE requested WHEN 0 THEN call.model ELSE requested END "  # noqa: S608
    "WHERE session = ?1 AND source IN (?2, ?3, ?4) AND ts_ms >= ?5 AND ts_ms <= ?6 "
    "AND (?7 = 0 OR source != ?2 OR file IN (0, ?7) OR EXISTS "
    "(SELECT 1 FROM copy WHERE copy.file = ?7 AND copy.call = call.id)) "
    f"AND NOT ({PROVISIONAL})"
    " AND (instr(call.id, '#') = 0 OR instr(call.id, '#advisor') > 0)"
)
_LISTED = (
    "SELECT name, sum(input), sum(output), sum(write_5m), sum(write_1h), sum(read), "
    "sum(web_search), coalesce(sum(cost_nano), 0), count(*), "
    f"max(cost_nano IS NULL), {_ANSWERED} {_CALLS} "
    "AND (source != ?4 OR ?8 < 1 OR estimated != 1) AND (source != ?4 OR ?8 < 2"
    f" OR purpose NOT IN {COMPLETIONS}) GROUP BY 1, 11"
)
# One by one; last, whether the client's total may lack it though it was its run's.
_EACH = (
    "SELECT ts_ms, name, input, output, write_5m, write_1h, read, web_search, "
    f"coalesce(cost_nano, 0), cost_nano IS NULL, {_ANSWERED}, "
    f"final = 0 OR estimated = {ESTIMATED} OR (source = ?4 AND purpose IN {COMPLETIONS}) {_CALLS}"
    " ORDER BY ts_ms, call.id"
)


class Listed:
    """A call with its seven amounts; `doubtful` if a total of the client's may lack it."""

    __slots__ = ("amounts", "doubtful", "inexact", "model", "ts_ms")

    def __init__(self, ts_ms: int, name: str, *amounts: int, inexact: bool, doubtful: bool) -> None:
        self.ts_ms, self.model, self.amounts = ts_ms, canonical(name), amounts
        self.inexact, self.doubtful = inexact, doubtful


class State:
    """A session's total, as the client wrote it between `at_ms` and `until_ms`.

    It stands in `file`, at the end of a run that began at `run_ms` and ended at `ended_ms` (all 0:
    unknown).
    `back_ms` is the time of the row after it, where that is before `at_ms`; `low_ms` from when on
    its calls are, where the clock mixes them with those of a run before (both else NEVER). `names`
    are the models as written, by their canonical names. One that is `older` does not split cache
    writes by lifetime; its client's rows do not name the model that was asked for, either.
    """

    __slots__ = (
        "at_ms", "back_ms", "ended_ms", "file", "low_ms", "names", "older", "run_ms", "session",
        "start_ms", "total", "until_ms",
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
        self.back_ms, self.low_ms = (until_ms if until_ms < at_ms else NEVER), NEVER
        self.until_ms = max(at_ms, until_ms)
        self.start_ms = start_ms
        self.total = Total()
        self.names: dict[str, str] = {}
        self.older = False
        for model, amounts in json.loads(usage).items():
            self.total.add(model, amounts[: WIDTH + 1])
            self.older = self.older or len(amounts) > WIDTH + 1
            self.names[canonical(model)] = windowless(model)

    def take_in(self, before: State) -> None:
        """Be the total of the run of `before`, too."""
        self.low_ms = min(self.low_ms, self.at_ms, before.at_ms, before.low_ms, before.back_ms)
        at_ms = max(self.at_ms, before.at_ms)
        if self.until_ms < at_ms:
            self.back_ms = min(self.back_ms, self.until_ms)
        ends = [one.until_ms for one in (self, before) if one.until_ms != NEVER or one is self]
        self.at_ms, self.until_ms = at_ms, max(at_ms, *ends)
        self.ended_ms = max(self.ended_ms, before.ended_ms)
        self.run_ms = min(self.run_ms, before.run_ms)


def starts(db: sqlite3.Connection, session: int) -> list[int]:
    """When the countings of the session's totals began: one, but where a client began anew."""
    query = "SELECT DISTINCT start_ms FROM cost_state WHERE session = ? ORDER BY start_ms"
    return [row[0] for row in db.execute(query, (session,))]


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
        if _is_inexact(name, answered, unpriced):
            total.inexact.add(canonical(name))
    return total


def _is_inexact(asked: str, answered: str, unpriced: int) -> bool:
    """Whether our price of a call need not be the client's, which goes by the model asked for."""
    return bool(unpriced) or canonical(answered) != canonical(asked)


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


def each(
    db: sqlite3.Connection, session: int, first_ms: int, until_ms: int, file: int
) -> list[Listed]:
    """The session's calls of that time that `listed` sums up, in the order of their time."""
    span = (session, MAIN, SUBAGENT, HELPER, first_ms, until_ms, file)
    return [
        Listed(*row, inexact=_is_inexact(row[1], answered, unpriced), doubtful=bool(doubtful))
        for *row, unpriced, answered, doubtful in db.execute(_EACH, span)
    ]


def parted_ms(db: sqlite3.Connection, session: int, file: int, other: int) -> int:
    """When the session's transcript `other` first had a call that `file` has not; NEVER: never."""
    (at,) = db.execute(
        "SELECT min(ts_ms) FROM call WHERE session = ?1 AND source = ?2 AND (file = ?4 OR EXISTS"
        " (SELECT 1 FROM copy WHERE copy.file = ?4 AND copy.call = call.id)) AND file != ?3"
        " AND NOT EXISTS (SELECT 1 FROM copy WHERE copy.file = ?3 AND copy.call = call.id)",
        (session, MAIN, file, other),
    ).fetchone()
    return NEVER if at is None else int(at)
