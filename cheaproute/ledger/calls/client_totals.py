"""Sums to compare: the client's running totals, and the calls listed in transcripts.

Both are by the model that the client asked for, for that is what it books under.
"""

from __future__ import annotations

import json

from cheaproute.ledger.schema import HELPER, MAIN, NEVER, SUBAGENT
from cheaproute.usage.call import COUNTS
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

WIDTH = len(COUNTS)
NOTHING = (0,) * (WIDTH + 1)

# The client books an advisor's share, but not the other things a message used besides.
_LISTED = (
    "SELECT name, sum(input), sum(output), sum(write_5m), sum(write_1h), sum(read), "
    "sum(web_search), coalesce(sum(cost_nano), 0), count(*), "
    "max(cost_nano IS NULL OR requested != 0) "
    "FROM call JOIN model ON model.id = CASE requested WHEN 0 THEN call.model ELSE requested END "
    "WHERE session = ? AND source IN (?, ?, ?) AND ts_ms > ? AND ts_ms <= ? "
    "AND (instr(call.id, '#') = 0 OR instr(call.id, '#advisor') > 0) GROUP BY name"
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

    def covers(self, other: Total) -> bool:
        """Whether no count of `other` is above its like here."""
        return all(
            mine >= theirs
            for model, amounts in other.sums.items()
            for mine, theirs in zip(self.of(model)[:WIDTH], amounts[:WIDTH], strict=True)
        )


class State:
    """A session's total, as the client wrote it between `at_ms` and `until_ms`.

    `names` are the models as written, by their canonical names.
    """

    __slots__ = ("at_ms", "names", "session", "start_ms", "total", "until_ms")

    def __init__(self, session: int, at_ms: int, until_ms: int, start_ms: int, usage: str) -> None:
        self.session = session
        self.at_ms = at_ms
        self.until_ms = until_ms
        self.start_ms = start_ms
        self.total = Total()
        self.names: dict[str, str] = {}
        for model, amounts in json.loads(usage).items():
            self.total.add(model, amounts)
            self.names[canonical(model)] = model


def states(db: sqlite3.Connection, start_ms: int) -> list[State]:
    """The totals whose counting began at `start_ms`, in the order of their time."""
    return [
        State(*row)
        for row in db.execute(
            "SELECT session, at_ms, until_ms, start_ms, usage FROM cost_state WHERE start_ms = ? "
            "ORDER BY at_ms",
            (start_ms,),
        )
    ]


def listed(db: sqlite3.Connection, session: int, after_ms: int, until_ms: int) -> Total:
    """The sum of the session's calls that are known one by one, of that time."""
    total = Total()
    for name, *amounts, calls, inexact in db.execute(
        _LISTED, (session, MAIN, SUBAGENT, HELPER, after_ms, until_ms)
    ):
        total.add(name, amounts)
        total.calls += calls
        if inexact:
            total.inexact.add(canonical(name))
    return total


def base(db: sqlite3.Connection, session: int, among: list[State]) -> Total:
    """What the totals of `session` began with: nothing, or where its parent stood at the fork.

    That is the parent's last total before the fork, and its calls since: a client that was killed
    wrote none. `among` are the totals of one counting; a fork has a parent among them, for from
    those the client takes what it goes on from.
    """
    began = db.execute(
        "SELECT min(ts_ms) FROM call WHERE session = ? AND source IN (?, ?)",
        (session, MAIN, SUBAGENT),
    ).fetchone()[0]
    if began is None:
        began = next(state.at_ms for state in among if state.session == session)
    before = [state for state in among if state.session != session and state.at_ms <= began]
    if not before:
        return Total()
    parent = _copied_from(db, session)
    # If no copied row survived a compaction: the session that wrote the last total.
    last = next((state for state in reversed(before) if state.session == parent), before[-1])
    since = last.until_ms if last.until_ms != NEVER else began
    return last.total.plus(listed(db, last.session, since, began))


def _copied_from(db: sqlite3.Connection, session: int) -> int:
    """The session whose call is the latest that a file of `session` holds a copy of; 0: none."""
    row = db.execute(
        "SELECT call.session FROM copy JOIN file ON file.id = copy.file "
        "JOIN call ON call.id = copy.call WHERE file.session = ? AND call.session != ? "
        "ORDER BY call.ts_ms DESC, call.id LIMIT 1",
        (session, session),
    ).fetchone()
    return row[0] if row else 0
