from __future__ import annotations

import random
import sqlite3

import pytest

from cheaproute.days import DAY_MS, iso
from cheaproute.ledger import meta, schema
from cheaproute.ledger.query import local, totals
from cheaproute.report import costs
from cheaproute.report.date_range import Range
from cheaproute.report.zone import UTC, Zone
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]


def scattered(db: sqlite3.Connection, first: int, past: int) -> dict[int, int]:
    """Calls at odd times of many days; what each time cost."""
    made = random.Random(3)
    known = {}
    for n in range(300):
        ms = made.randrange(first * DAY_MS, past * DAY_MS)
        ledgers.add_call(db, f"m{n}", ms // DAY_MS, cost_nano=n + 1)
        db.execute("UPDATE call SET ts_ms = ? WHERE id = ?", (ms, f"m{n}"))
        known[ms] = n + 1
    return known


@pytest.mark.parametrize("name", ZONES)
def test_a_call_is_in_the_readers_day(db: sqlite3.Connection, name: str) -> None:
    """Each call is in the day that its reader's clock showed, changes of the clock included."""
    known = scattered(db, TODAY - 60, TODAY)
    zone = Zone(name)
    first, past = TODAY - 61, TODAY + 2
    report = costs.build(db, NOW_MS, Range(first, past), zone=zone)
    expected: dict[str, int] = {}
    for ms, nano in known.items():
        day = iso(zone.day_of(ms))
        expected[day] = expected.get(day, 0) + nano
    assert {day: sums.cost_nano for day, sums in report.by_day} == expected
    assert report.total.cost_nano == sum(known.values())


def test_every_breakdown_has_the_same_total(full: sqlite3.Connection) -> None:
    """A year read in another zone is the same money, by model, source, project and day."""
    there = costs.build(full, NOW_MS, Range(TODAY - 400, TODAY + 2), zone=Zone(ZONES[0]))
    here = costs.build(full, NOW_MS, Range(TODAY - 400, TODAY + 2), zone=UTC)
    for rows in (there.by_model, there.by_source, there.by_project, there.by_day):
        assert totals.total(rows).cost_nano == here.total.cost_nano
        assert totals.total(rows).calls == here.total.calls


def test_dropped_calls_keep_their_days_total(db: sqlite3.Connection) -> None:
    """Where single calls were dropped, the kept totals stand in, once."""
    scattered(db, TODAY - 60, TODAY)
    whole = totals.total(totals.by(db, "day", TODAY - 70, TODAY + 2)).cost_nano
    kept = db.execute("SELECT * FROM daily").fetchall()
    db.execute("DELETE FROM call WHERE day < ?", (TODAY - 30,))
    db.execute("DELETE FROM daily")
    marks = ",".join("?" * len(kept[0]))
    db.executemany(f"INSERT INTO daily VALUES({marks})", kept)
    meta.put(db, schema.SINCE_DAY, str(TODAY - 30))
    zone = Zone(ZONES[0])
    table = local.fill(db, [(d, zone.start_ms(d)) for d in range(TODAY - 70, TODAY + 3)])
    found = totals.by(db, "day", TODAY - 70, TODAY + 2, table=table)
    assert totals.total(found).cost_nano == whole
