"""Totals by days that do not begin at midnight UTC: summed from the calls, for one connection."""

from __future__ import annotations

from itertools import pairwise

from cheaproute.days import DAY_MS
from cheaproute.ledger import meta, schema
from cheaproute.ledger.client_totals import silent
from cheaproute.ledger.module import given_up
from cheaproute.ledger.query import totals
from cheaproute.ledger.query.totals import FIELDS, OF_CALLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

TABLE = "local_daily"
_KEYS = ("day", "model", "source", "project")


def fill(db: sqlite3.Connection, starts: Sequence[tuple[int, int]]) -> str:
    """The name of a table like `daily` for the days of `starts`, (day, when it begins).

    The last of them is the first that is not wanted. It lives as long as the connection, in its
    memory. Of days whose single calls were dropped it has the totals by UTC days, as kept.
    """
    kept_from = int(meta.get(db, schema.SINCE_DAY) or 0)
    columns = ", ".join((*_KEYS, *FIELDS))
    db.execute(f"DROP TABLE IF EXISTS temp.{TABLE}")
    db.execute(f"CREATE TEMP TABLE {TABLE}({columns})")
    db.execute(
        f"INSERT INTO temp.{TABLE} SELECT {columns} FROM daily"  # noqa: S608
        " WHERE day >= ? AND day < ? AND day < ?",
        (starts[0][0], starts[-1][0], kept_from),
    )
    sums = ", ".join(OF_CALLS)
    runs = _even(starts)
    given_up.fill(db, runs)
    db.execute(f"DROP TABLE IF EXISTS temp.{silent.SPANS}")
    db.execute(f"CREATE TEMP TABLE {silent.SPANS}(first, past, start_ms, past_ms)")
    db.executemany(f"INSERT INTO temp.{silent.SPANS} VALUES(?, ?, ?, ?)", runs)
    for first, past, start_ms, past_ms in runs:
        db.execute(
            f"INSERT INTO temp.{TABLE} SELECT min(?, ? + (ts_ms - ?) / {DAY_MS}) AS k, model,"  # noqa: S608
            f" source, project, {sums} FROM call WHERE ts_ms >= ? AND ts_ms < ?"
            " GROUP BY k, model, source, project",
            (past - 1, first, start_ms, max(start_ms, kept_from * DAY_MS), past_ms),
        )
    return TABLE


def reach(db: sqlite3.Connection, day_of: Callable[[int], int]) -> tuple[int | None, int | None]:
    """The first and the last day for which `fill` has anything; `day_of` has the day of a time."""
    kept_from = int(meta.get(db, schema.SINCE_DAY) or 0)
    first, last = totals.first_day(db), totals.last_day(db)
    earliest, latest = db.execute(
        "SELECT (SELECT min(ts_ms) FROM call), (SELECT max(ts_ms) FROM call)"
    ).fetchone()
    if first is not None and first >= kept_from and earliest is not None:
        first = day_of(earliest)
    if last is not None and last >= kept_from and latest is not None:
        last = day_of(latest)
    return first, last


def _even(starts: Sequence[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    """Runs of days of 24 hours, `(first, past, start, end)`; a day of 23 or 25 is one by itself."""
    runs: list[tuple[int, int, int, int]] = []
    for (day, start), (_, end) in pairwise(starts):
        if runs and end - start == DAY_MS and (runs[-1][3] - runs[-1][2]) % DAY_MS == 0:
            runs[-1] = (runs[-1][0], day + 1, runs[-1][2], end)
        else:
            runs.append((day, day + 1, start, end))
    return runs
