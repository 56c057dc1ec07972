from __future__ import annotations

import sqlite3

import pytest

from cheaproute import days
from cheaproute.days import DAY_MS
from cheaproute.ledger import schema
from cheaproute.ledger.query import agent_runs, sessions, totals
from tests import ledgers
from tests.ledgers import TODAY

CALLS = {"cost_nano": "coalesce(sum(cost_nano), 0)", "calls": "count(*)"}


@pytest.mark.parametrize("key", totals.KEYS)
def test_every_breakdown_sums_to_the_calls(full: sqlite3.Connection, key: str) -> None:
    """Whatever it is broken down by, the whole is what the single calls come to."""
    first, past = TODAY - 100, TODAY - 9
    total = totals.total(totals.by(full, key, first, past))
    calls = full.execute(
        "SELECT count(*), sum(cost_nano), sum(input), sum(output), sum(write_5m), sum(write_1h),"
        " sum(read), sum(saved_nano) FROM call WHERE day >= ? AND day < ?",
        (first, past),
    ).fetchone()
    assert calls[0] > 1000
    assert calls == (
        total.calls,
        total.cost_nano,
        total.input,
        total.output,
        total.write_5m,
        total.write_1h,
        total.read,
        total.saved_nano,
    )


def test_dearest_first_and_times_in_order(full: sqlite3.Connection) -> None:
    """Models come by cost, days by date, weeks by their Monday."""
    costs = [sums.cost_nano for _, sums in totals.by(full, "model", TODAY - 30, TODAY + 1)]
    assert costs == sorted(costs, reverse=True)
    days = [name for name, _ in totals.by(full, "day", TODAY - 30, TODAY + 1)]
    assert days == sorted(days)
    weeks = [name for name, _ in totals.by(full, "week", TODAY - 6, TODAY + 1)]
    assert weeks == ["2026-11-16"]


def test_a_project_includes_what_lies_below(db: sqlite3.Connection) -> None:
    """`/a` counts `/a/b` and not `/ab`."""
    for n, path in enumerate(("/a", "/a/b", "/ab", "C:\\a", "C:\\a\\b")):
        ledgers.add_call(db, f"m{n}", TODAY, project=path)
    assert totals.total(totals.by(db, "model", TODAY, TODAY + 1, project="/a/")).calls == 2
    assert totals.total(totals.by(db, "model", TODAY, TODAY + 1, project="C:\\a")).calls == 2
    assert totals.by(db, "model", TODAY, TODAY + 1, project="/none") == []


def test_unknown_prices_and_missing_rows_are_counted(db: sqlite3.Connection) -> None:
    """A call without a price adds tokens and no cost; a partial one is counted as such."""
    ledgers.add_call(db, "m1", TODAY, cost_nano=None)
    ledgers.add_call(db, "m2", TODAY, cost_nano=5, final=0)
    [(_, sums)] = totals.by(db, "source", TODAY, TODAY + 1)
    assert (sums.calls, sums.cost_nano, sums.unpriced, sums.partial) == (2, 5, 1, 1)
    assert sums.prompt == 2 * 51_010


def test_a_removed_call_leaves_no_row(db: sqlite3.Connection) -> None:
    """What was deleted is not shown as a row of zeros."""
    ledgers.add_call(db, "m1", TODAY)
    db.execute("DELETE FROM call")
    assert totals.by(db, "model", TODAY, TODAY + 1) == []
    assert totals.first_day(db) is None


def test_month_equals_what_the_cap_reads(full: sqlite3.Connection) -> None:
    """The month's total of the report is the kept total that the cap's gates read."""
    first, past = days.span("2026-11")
    total = totals.total(totals.by(full, "model", first, past))
    kept = "SELECT cost_nano, unpriced FROM spent WHERE period = 'month:2026-11'"
    assert full.execute(kept).fetchone() == (total.cost_nano, total.unpriced)


def test_totals_never_read_the_calls(full: sqlite3.Connection) -> None:
    """No breakdown goes through the calls: its cost does not grow with them.

    A subagent that failed or was cut is looked up among those of its own session.
    """
    seen: list[str] = []
    full.set_trace_callback(seen.append)
    for key in totals.KEYS:
        totals.by(full, key, TODAY - 30, TODAY + 1, project="/home/u/src/shop")
    agent_runs.dispatched(full, 0, 2**60)
    full.set_trace_callback(None)
    assert len(seen) > len(totals.KEYS)
    compactions = "SELECT session, ts_ms FROM turn"  # each with the calls beside it, by index
    sums = [sql for sql in seen[:-1] if not sql.startswith(compactions)]
    assert not [sql for sql in sums if "FROM call" in sql]
    plan = [str(row[3]) for row in full.execute("EXPLAIN QUERY PLAN " + seen[-1])]
    assert not [step for step in plan if "SCAN call" in step]
    assert "SEARCH call USING INDEX call_session (session=?)" in plan


def test_by_type_of_subagent(db: sqlite3.Connection) -> None:
    """Subagents by their type, all else together; the whole is the whole."""
    file = db.execute("INSERT INTO file(path, agent_type) VALUES('x', 'Explore') RETURNING id")
    explore = file.fetchone()[0]
    ledgers.add_call(db, "m1", TODAY, source=schema.SUBAGENT, file=explore, cost_nano=5)
    ledgers.add_call(db, "m2", TODAY, source=schema.SUBAGENT, cost_nano=None)
    ledgers.add_call(db, "m3", TODAY, cost_nano=7, final=0)
    ledgers.add_call(db, "m4", TODAY, source=schema.SUBAGENT, cost_nano=2)
    db.execute("UPDATE call SET agent = 'a1' WHERE id = 'm4'")
    ledgers.add_dispatch(db, "t1", TODAY, agent="a1", agent_type="Plan")  # who sent it out tells
    found = sessions.by_agent(db, TODAY * DAY_MS, (TODAY + 1) * DAY_MS)
    assert [(name, sums.cost_nano) for name, sums in found] == [
        ("", 7),
        ("Explore", 5),
        ("Plan", 2),
        ("(unknown)", 0),
    ]
    whole = totals.total(totals.by(db, "model", TODAY, TODAY + 1))
    assert all(getattr(totals.total(found), f) == getattr(whole, f) for f in totals.FIELDS)


def test_sources_are_named(db: sqlite3.Connection) -> None:
    """Each source of the schema has its name."""
    for number, name in enumerate(schema.SOURCES):
        ledgers.add_call(db, f"m{name}", TODAY, source=number)
    assert {name for name, _ in totals.by(db, "source", TODAY, TODAY + 1)} == set(schema.SOURCES)
