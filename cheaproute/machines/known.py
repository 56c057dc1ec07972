"""What counts as spent on other machines, for a cap: what they tell, and never less than before.

A file in the folder may be anybody's word. So what it takes back leaves the reports, but of what a
machine was known to have spent on a day the cap keeps the most; this machine's own file is its own
word. Calls without a price count as this machine's own do (`cap.fallback.unpriced`).
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from cheaproute.cap.fallback import unpriced
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.machines import union
from cheaproute.usage import prices
from cheaproute.usage.call import COUNTS

_Days = dict[tuple[str, int], int]
_GUESSED = (
    "SELECT machine, day, coalesce(nullif(requested, ''), model), count(*), {}"
    " FROM call WHERE cost_nano IS NULL AND {} GROUP BY 1, 2, 3"
)
_SUMS = ", ".join(f"sum({name})" for name in COUNTS)


class Period(NamedTuple):
    """What others spent in a period as they tell it; `assumed`: what a cap counts beside that."""

    nano: int
    unknown: int
    assumed: int


def remember(db: sqlite3.Connection, here: str, first: int, now_ms: int) -> None:
    """Remember the most that each other machine spent a day, from day `first` on.

    `here` is this machine's id. Inside the caller's transaction.
    """
    guessed = _guessed(db, "day >= ?", first, now_ms)
    rows = db.execute(
        "SELECT machine, day, coalesce(sum(cost_nano), 0) FROM call WHERE day >= ? GROUP BY 1, 2",
        (first,),
    ).fetchall()
    db.executemany(
        "INSERT INTO floor VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET nano = excluded.nano"
        " WHERE excluded.nano > nano",
        [
            (machine, day, nano + guessed.get((machine, day), 0))
            for machine, day, nano in rows
            if machine != here
        ],
    )


def hand_over(
    db: sqlite3.Connection, ledger: sqlite3.Connection, here: str, first: int, now_ms: int
) -> None:
    """Drop what the own ledger has come to hold: from now on it counts there, and only there."""
    for name in union.owned_since(db, ledger, first, here=here):
        machine, day, nano = db.execute(
            "SELECT machine, day, cost_nano FROM call WHERE id = ?", (name,)
        ).fetchone()
        if nano is None:
            nano = _guessed(db, "id = ?", name, now_ms)[machine, day]
        db.execute(
            "UPDATE floor SET nano = max(0, nano - ?) WHERE machine = ? AND day = ?",
            (nano, machine, day),
        )
        db.execute("DELETE FROM call WHERE id = ?", (name,))


def periods(db: sqlite3.Connection, now_ms: int) -> dict[str, Period]:
    """{'month:2026-11': ..., 'day:20417': ...} for month and day now.

    The day before and after stand there, too: another machine's clock may be in another day.
    """
    today = now_ms // DAY_MS
    month = month_of(today)
    first, past = span(month)
    after = month_of(past)
    found = {f"month:{month}": _sum(db, first, past, now_ms)}
    for day in (today - 1, today, today + 1):
        found[f"day:{day}"] = _sum(db, day, day + 1, now_ms)
    found[f"month:{after}"] = _sum(db, *span(after), now_ms)
    return found


def _sum(db: sqlite3.Connection, first: int, past: int, now_ms: int) -> Period:
    rows = db.execute(
        "SELECT machine, day, coalesce(sum(cost_nano), 0), coalesce(sum(cost_nano IS NULL), 0)"
        " FROM call WHERE day >= ? AND day < ? GROUP BY 1, 2",
        (first, past),
    ).fetchall()
    counted = _guessed(db, f"day < {past} AND day >= ?", first, now_ms)
    for machine, day, nano, _ in rows:
        counted[machine, day] = counted.get((machine, day), 0) + nano
    floors = "SELECT machine, day, nano FROM floor WHERE day >= ? AND day < ?"
    for machine, day, nano in db.execute(floors, (first, past)):
        counted[machine, day] = max(counted.get((machine, day), 0), nano)
    nano, unknown = sum(row[2] for row in rows), sum(row[3] for row in rows)
    return Period(nano, unknown, sum(counted.values()) - nano)


def _guessed(db: sqlite3.Connection, which: str, bound: int | str, now_ms: int) -> _Days:
    """{(machine, day): what its calls without a price count as} of the calls that `which` names."""
    found: _Days = {}
    rows = db.execute(_GUESSED.format(_SUMS, which), (bound,)).fetchall()
    table = prices.load() if rows else None
    for machine, day, requested, calls, *counts in rows:
        assert table is not None  # noqa: S101
        nano = unpriced.sized(table, requested, calls, counts, now_ms)
        found[machine, day] = found.get((machine, day), 0) + nano
    return found
