"""Many calls at once: written together, and the totals summed here, in place of the triggers' work.

The triggers are taken away and put back within the one transaction, so that nobody ever sees the
ledger without them: half of the time of an import was theirs.
"""

from __future__ import annotations

import time
from _operator import add, itemgetter  # without `operator`, which a hook has no use for
from itertools import groupby

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import UNUSUAL, WRITE_CALL, WRITE_USUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from typing import Any

_TRIGGERS = ("call_added", "call_removed")

_DAILY = (
    "INSERT INTO daily VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
    "SET calls = calls + excluded.calls, input = input + excluded.input, "
    "output = output + excluded.output, write_5m = write_5m + excluded.write_5m, "
    "write_1h = write_1h + excluded.write_1h, read = read + excluded.read, "
    "web_search = web_search + excluded.web_search, cost_nano = cost_nano + excluded.cost_nano, "
    "saved_nano = saved_nano + excluded.saved_nano, unpriced = unpriced + excluded.unpriced, "
    "partial = partial + excluded.partial"
)
_SPENT = (
    "INSERT INTO spent VALUES(?, ?, ?) ON CONFLICT DO UPDATE "
    "SET cost_nano = cost_nano + excluded.cost_nano, unpriced = unpriced + excluded.unpriced"
)


_ASKED = 500  # ids in one query
_COST, _UNPRICED = 7, 9  # among the sums of a day
# In a row of `WRITE_CALL`: how many columns say something of most calls; what it is counted under.
_USUAL = 18
_KEY = itemgetter(2, 3, 4, 6, 5)  # day, model, source, project, session


class Tally:
    """The sums of calls added and removed, in place of the triggers; `finish` writes them.

    Calls wait, too, until `flush` writes them: whoever reads calls calls it first.
    """

    __slots__ = ("_asked", "_daily", "_db", "_empty", "_rows", "_sessions", "_there", "_triggers")

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: list[tuple[Any, ...]] = []
        self._asked: set[str] = set()
        self._there: set[str] = set()
        self._empty = db.execute("SELECT 1 FROM call LIMIT 1").fetchone() is None
        self._daily: dict[tuple[int, int, int, int], list[int]] = {}
        self._sessions: dict[int, list[int]] = {}
        self._triggers = [
            db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
            for name in _TRIGGERS
        ]
        for name in _TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")

    def expect(self, ids: Iterable[str]) -> None:
        """Find out at once which calls with these `ids` the ledger has."""
        new = [identity for identity in ids if identity not in self._asked]
        self._asked.update(new)
        for start in range(0, 0 if self._empty else len(new), _ASKED):
            some = new[start : start + _ASKED]
            marks = ", ".join("?" * len(some))
            found = self._db.execute(f"SELECT id FROM call WHERE id IN ({marks})", some)  # noqa: S608
            self._there.update(identity for (identity,) in found)

    def insert(self, row: tuple[Any, ...]) -> bool:
        """Write down a call's row, by its id in the first place; whether it was not there."""
        identity = row[0]
        if identity not in self._asked:
            self._asked.add(identity)
            if self._db.execute("SELECT 1 FROM call WHERE id = ?", (identity,)).fetchone():
                self._there.add(identity)
        if identity in self._there:
            return False
        self._there.add(identity)
        self._rows.append(row)
        return True

    def flush(self) -> None:
        """Write the calls that wait, and count them."""
        if not self._rows:
            return
        rows = self._rows
        usual = [row[:_USUAL] for row in rows if row[_USUAL:] == UNUSUAL]
        self._db.executemany(WRITE_USUAL, usual)
        if len(usual) < len(rows):
            self._db.executemany(WRITE_CALL, [row for row in rows if row[_USUAL:] != UNUSUAL])
        for (*key, session), alike in groupby(rows, _KEY):
            self._count((key[0], key[1], key[2], key[3]), session, list(zip(*alike, strict=True)))
        rows.clear()

    def _count(
        self, key: tuple[int, int, int, int], session: int, columns: list[tuple[Any, ...]]
    ) -> None:
        """Count rows of one `key` and session, given by their columns."""
        final, costs, saved, searches = columns[9], columns[10], columns[19], columns[25]
        calls, known = len(costs), [cost for cost in costs if cost is not None]
        counts = (*map(sum, columns[11:16]), sum(searches))
        rest = (sum(known), sum(saved), calls - len(known), calls - sum(final))
        self.add(key, session, (calls, *counts, *rest))

    def forget(self, identity: str) -> None:
        """Note that a call was taken away."""
        self._there.discard(identity)

    def add(self, key: tuple[int, int, int, int], session: int, amounts: Sequence[int]) -> None:
        """Count calls of the day, model, source and project in `key`, by the columns of `_DAILY`.

        Negative amounts take them away again.
        """
        sums = self._daily.setdefault(key, [0] * 11)
        sums[:] = map(add, sums, amounts)
        of_session = self._sessions.setdefault(session, [0, 0])
        of_session[0] += amounts[_COST]
        of_session[1] += amounts[_UNPRICED]

    def finish(self) -> None:
        """Write the calls and the sums, and put the triggers back."""
        self.flush()
        spent: dict[str, list[int]] = {
            f"session:{session}": sums for session, sums in self._sessions.items()
        }
        for key, sums in self._daily.items():
            month = time.strftime("%Y-%m", time.gmtime(key[0] * DAY_MS // 1000))
            for period in (f"day:{key[0]}", f"month:{month}"):
                of_period = spent.setdefault(period, [0, 0])
                of_period[0] += sums[_COST]
                of_period[1] += sums[_UNPRICED]
        self._db.executemany(_DAILY, [(*key, *sums) for key, sums in self._daily.items()])
        self._db.executemany(_SPENT, [(period, *sums) for period, sums in spent.items()])
        for statement in self._triggers:
            self._db.execute(statement)
