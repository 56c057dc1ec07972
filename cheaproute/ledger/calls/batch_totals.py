"""Many calls at once: written together, and the totals summed here, in place of the triggers' work.

The triggers are taken away and put back within the one transaction, so that nobody ever sees the
ledger without them: half of the time of an import was theirs.
"""

from __future__ import annotations

import time
from _operator import add, itemgetter  # without `operator`, which a hook has no use for
from itertools import chain, groupby, repeat

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import UNUSUAL, WRITE_CALL, WRITE_PLAIN, WRITE_USUAL
from cheaproute.usage import columns
from cheaproute.usage.prices import cost_nano, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from cheaproute.client.transcript.spelt.alike import Alike
    from cheaproute.ledger.calls.record import Place
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Price, Prices

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


_ASKED = 500  # ids in one query, quicker than as many in an `IN (...)`
_SOME = ", ".join(["(?)"] * _ASKED)
_KNOWN = f"SELECT id FROM (VALUES {_SOME}) AS asked CROSS JOIN call ON id = column1"  # noqa: S608
_TOGETHER = 50  # rows in one statement: of most calls 750 values, and no SQLite takes less than 999
_USUAL = 19  # columns of a row that says nothing seldom
_COST, _UNPRICED = 7, 9  # among the sums of a day
_KEY = itemgetter(2, 3, 4, 6, 5)  # in a call's row: day, model, source, project, session


class Tally:
    """The sums of calls added and removed, in place of the triggers; `finish` writes them.

    Calls wait, too, until `flush` writes them: whoever reads calls calls it first. `fresh` are the
    ids of which it is known that the ledger has no call.
    """

    __slots__ = (
        "_alike", "_daily", "_db", "_empty", "_plain", "_rows", "_sessions", "_there", "_triggers",
        "_usual", "fresh",
    )  # fmt: skip

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        # Those of `take_alike` are counted as they come: plain ones by whether they are final.
        self._plain: dict[bool, list[tuple[Any, ...]]] = {False: [], True: []}
        self._alike: list[tuple[Any, ...]] = []
        self._usual: list[tuple[Any, ...]] = []
        self._rows: list[tuple[Any, ...]] = []
        self.fresh: set[str] = set()
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
        new = set(ids)
        new -= self._there
        new -= self.fresh
        self.fresh |= new
        asked = [] if self._empty else list(new)
        for start in range(0, len(asked), _ASKED):
            some = asked[start : start + _ASKED]
            some += [""] * (_ASKED - len(some))  # one statement, prepared once
            there = {identity for (identity,) in self._db.execute(_KNOWN, some)}
            self._there |= there
            self.fresh -= there

    def insert(self, usual: tuple[Any, ...], seldom: tuple[Any, ...]) -> bool:
        """Write down a call's row, by its id in the first place; whether it was not there."""
        identity = usual[0]
        if identity in self._there:
            return False
        self._there.add(identity)
        if identity in self.fresh:
            self.fresh.remove(identity)
        elif self._db.execute("SELECT 1 FROM call WHERE id = ?", (identity,)).fetchone():
            return False
        if seldom == UNUSUAL:
            self._usual.append(usual)
        else:
            self._rows.append(usual + seldom)
        return True

    def take(
        self, calls: list[Call], place: Place, models: Mapping[str, int], prices: Prices
    ) -> list[Call]:
        """Write down the usual ones of `calls`, all made at `place`; those to be put one by one.

        Usual are new calls of which nothing seldom is told. The columns are `Recorder.insert`'s.
        """
        if len({call.id for call in calls}) < len(calls):
            return calls  # a gateway's, that gives one id to several: their order matters
        fresh, rest = self.fresh, []
        usual = [call for call in calls if call.id in fresh and not _is_seldom(call)]
        if len(usual) < len(calls):
            rest = [call for call in calls if call.id not in fresh or _is_seldom(call)]
        source, session, project, file = place.source, place.session, place.project, place.file
        self._usual += [
            (
                call.id, call.ts_ms, call.ts_ms // DAY_MS, models[call.model], source, session,
                project, file, call.request_id, cost_nano(call, prices), call.input, call.output,
                call.write_5m, call.write_1h, call.read, call.final, call.mode, call.ref,
                place.agent,
            )
            for call in usual
        ]  # fmt: skip
        ids = {call.id for call in usual}
        self._there |= ids
        self.fresh -= ids
        return rest

    def take_alike(self, told: Alike, place: Place, model: int, price: Price) -> None:
        """Write down the calls `told`, all made at `place`: new ones that `plain_price` knows."""
        counts = (told.input, told.output, told.write_5m, told.write_1h, told.read)
        costs = columns.plain(price, told.ts_ms, *counts)
        first, days = told.first, [ms // DAY_MS for ms in told.ts_ms]
        plain = (
            told.id, told.ts_ms, days, repeat(model), repeat(place.source), repeat(place.session),
            repeat(place.project), repeat(place.file), told.request_id, costs, *counts,
        )  # fmt: skip
        if first.mode or place.agent or any(told.ref):
            rest = (repeat(first.final), repeat(first.mode), told.ref, repeat(place.agent))
            self._alike += zip(*plain, *rest, strict=False)
        else:
            self._plain[first.final] += zip(*plain, strict=False)
        self._there.update(told.id)
        self.fresh.difference_update(told.id)
        counted, start = (costs, *counts), 0
        for day, same in groupby(days):
            stop = start + len(list(same))
            cost, *sums = (sum(column[start:stop]) for column in counted)
            calls = stop - start
            key = (day, model, place.source, place.project)
            self.add(key, place.session, (calls, *sums, 0, cost, 0, 0, 0 if first.final else calls))
            start = stop

    def flush(self) -> None:
        """Write the calls that wait, and count them."""
        counted = [(rows, WRITE_PLAIN[final]) for final, rows in self._plain.items()]
        for rows, written in ((self._alike, WRITE_USUAL), *counted):
            self._write(written, rows)
            rows.clear()
        for rows, written in ((self._usual, WRITE_USUAL), (self._rows, WRITE_CALL)):
            if not rows:
                continue
            self._write(written, rows)
            for (*key, session), alike in groupby(rows, _KEY):
                of_day = (key[0], key[1], key[2], key[3])
                self._count(of_day, session, list(zip(*alike, strict=True)))
            rows.clear()

    def _write(self, written: str, rows: list[tuple[Any, ...]]) -> None:
        """Write rows by the statement `written` for one of them, many at once."""
        done = len(rows) // _TOGETHER * _TOGETHER if rows and len(rows[0]) <= _USUAL else 0
        # One that fails ends the caller's transaction. To take back a statement alone SQLite would
        # copy each page that it changes: so `OR FAIL`.
        if done:
            begun, _, row = written.replace("INSERT", "INSERT OR FAIL", 1).partition(" VALUES")
            values = chain.from_iterable(rows[:done])
            several = f"{begun} VALUES{', '.join([row] * _TOGETHER)}"
            self._db.executemany(several, zip(*[values] * (_TOGETHER * len(rows[0])), strict=True))
        self._db.executemany(written, rows[done:])

    def _count(
        self, key: tuple[int, int, int, int], session: int, columns: list[tuple[Any, ...]]
    ) -> None:
        """Count rows of one `key` and session, given by their columns."""
        final, costs = columns[15], columns[9]
        saved, searches = (columns[20], columns[25]) if len(columns) > _USUAL else ((), ())
        calls, known = len(costs), [cost for cost in costs if cost is not None]
        counts = (*map(sum, columns[10:15]), sum(searches))
        rest = (sum(known), sum(saved), calls - len(known), calls - sum(final))
        self.add(key, session, (calls, *counts, *rest))

    def forget(self, identity: str) -> None:
        """Note that a call was taken away."""
        self._there.discard(identity)
        self.fresh.add(identity)

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


def plain_price(call: Call, prices: Prices) -> Price | None:
    """The price of a call of which nothing seldom is told; None for others, and if not known."""
    return None if _is_seldom(call) or not is_plain(call) else prices.of(call.model)


def _is_seldom(call: Call) -> bool:
    """Whether something is told of the call that is told of few."""
    seldom = call.requested or call.odd or call.web_search or call.purpose or call.estimated
    return bool(seldom or call.rows or call.part or call.client_nano is not None)
