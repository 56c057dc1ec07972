"""Many calls at once: written together, and the totals summed here, in place of the triggers' work.

The triggers are taken away and put back within the one transaction, so that nobody ever sees the
ledger without them: half of the time of an import was theirs.
"""

from __future__ import annotations

import time

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import WRITE_CALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
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
        """Write the calls that wait."""
        if self._rows:
            self._db.executemany(WRITE_CALL, self._rows)
            self._rows.clear()

    def forget(self, identity: str) -> None:
        """Note that a call was taken away."""
        self._there.discard(identity)

    def add(
        self,
        key: tuple[int, int, int, int],
        session: int,
        counts: tuple[int, ...],
        cost: int | None,
        saved: int,
        *,
        partial: bool,
        sign: int = 1,
    ) -> None:
        """Count a call (`sign` -1: no more) of the day, model, source and project in `key`."""
        sums = self._daily.get(key)
        if sums is None:
            sums = self._daily[key] = [0] * 11
        of_session = self._sessions.get(session)
        if of_session is None:
            of_session = self._sessions[session] = [0, 0]
        sums[0] += sign
        sums[1] += sign * counts[0]
        sums[2] += sign * counts[1]
        sums[3] += sign * counts[2]
        sums[4] += sign * counts[3]
        sums[5] += sign * counts[4]
        sums[6] += sign * counts[5]
        sums[8] += sign * saved
        sums[10] += sign * partial
        if cost is None:
            sums[9] += sign
            of_session[1] += sign
        else:
            sums[7] += sign * cost
            of_session[0] += sign * cost

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
                of_period[0] += sums[7]
                of_period[1] += sums[9]
        self._db.executemany(_DAILY, [(*key, *sums) for key, sums in self._daily.items()])
        self._db.executemany(_SPENT, [(period, *sums) for period, sums in spent.items()])
        for statement in self._triggers:
            self._db.execute(statement)
