"""What counts as spent on other machines, for a cap: what they tell, and never less than before.

A file in the folder may be anybody's word. So what it takes back leaves the reports, but of what a
machine was known to have spent on a day the cap keeps the most; this machine's own file is its own
word. Calls without a price count as this machine's own do (`cap.fallback.unpriced`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cheaproute.cap.fallback import unpriced
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.machines import everywhere, names, union
from cheaproute.usage import prices
from cheaproute.usage.call import COUNTS

_Days = dict[tuple[str, int], int]
_GUESSED = (
    "SELECT machine, day, coalesce(nullif(requested, ''), model), count(*), {}"
    " FROM call WHERE cost_nano IS NULL AND {} GROUP BY 1, 2, 3"
)
# A sum as a machine of an earlier version tells it, of which another tells each part.
_SUMMED = (
    "SELECT id FROM call s WHERE source = 'unlisted' AND EXISTS"
    " (SELECT 1 FROM call WHERE id > s.id || '.' AND id < s.id || '/')"
)
_SUMS = ", ".join(f"sum({name})" for name in COUNTS)


class Period(NamedTuple):
    """What others spent in a period as they tell it; `assumed`: what a cap counts beside that.

    `lower`: what one of them spent is a lower bound, and so is the sum.
    """

    nano: int
    unknown: int
    assumed: int
    lower: bool = False


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
    db: sqlite3.Connection,
    ledger: sqlite3.Connection,
    here: str,
    first: int,
    changed: Iterable[int],
    now_ms: int,
) -> None:
    """Drop what has come to stand elsewhere, so that it counts there, and only there.

    That is in the own ledger (a transcript that arrived later), which has `changed` on these days
    and is asked for all from day `first` on; a sum of bookings of which each is known; and a
    booking that is known by its session, too, and by the number that a machine of an earlier
    version gave it. Inside the caller's transaction.
    """
    days = {day + by for day in changed for by in (-1, 0, 1)}
    found = db.execute("SELECT id, ts_ms FROM call WHERE day >= ?", (first,)).fetchall()
    for day in sorted(day for day in days if day < first):
        found += db.execute("SELECT id, ts_ms FROM call WHERE day = ?", (day,)).fetchall()
    for name, ts_ms in found:
        if union.owned(db, ledger, here, name, ts_ms):
            _drop(db, name, now_ms)
    for (name,) in db.execute(_SUMMED).fetchall():
        _drop(db, name, now_ms)
    for name, twin in _twins(db):
        db.execute(
            "UPDATE call SET cost_nano = coalesce(max(cost_nano, dear), dear, cost_nano)"
            " FROM (SELECT cost_nano AS dear FROM call WHERE id = ?) WHERE id = ?",
            (name, twin),
        )
        _drop(db, name, now_ms)


def _twins(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """(name, the name under which it stays) of bookings that are known twice.

    Of the same millisecond, model and day; where both are numbers of machines, only with the same
    counts, too.
    """
    bookings = f"SELECT id, ts_ms, {', '.join(COUNTS)} FROM call WHERE source = 'unlisted'"  # noqa: S608
    numbered = db.execute(f"{bookings} AND instr(id, '/') ORDER BY id").fetchall()
    for name, ts_ms, *counts in numbered:
        if not names.parts(name)[0]:
            continue
        same = db.execute(f"{bookings} AND ts_ms = ? AND id != ? ORDER BY id", (ts_ms, name))
        for other, _, *known in same.fetchall():
            if names.booking(other) != names.booking(name):
                continue
            if not names.parts(other)[0] or (known == counts and any(counts) and other < name):
                yield name, other
                break


def _drop(db: sqlite3.Connection, name: str, now_ms: int) -> None:
    """Forget a call, and that its machine was known to have spent it."""
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


def periods(db: sqlite3.Connection, ledger: sqlite3.Connection, now_ms: int) -> dict[str, Period]:
    """{'month:2026-11': ..., 'day:20417': ...} for month and day now.

    The day before and after stand there, too: another machine's clock may be in another day.
    """
    today = now_ms // DAY_MS
    month = month_of(today)
    after = month_of(span(month)[1])
    spans = {f"month:{name}": span(name) for name in (month, after)}
    spans |= {f"day:{day}": (day, day + 1) for day in (today - 1, today, today + 1)}
    found = {}
    for key, (first, past) in spans.items():
        each = everywhere.by_machine(db, ledger, first, past)
        lower = any(one.sums.lower_bound for one in each)
        found[key] = _sum(db, first, past, now_ms)._replace(lower=lower)
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
