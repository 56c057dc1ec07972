from __future__ import annotations

import sqlite3

from cheaproute.ledger import meta
from cheaproute.ledger.query import coverage
from cheaproute.plan import look, reminder
from tests.plan import month as made
from tests.plan.month import DAY_MS, NOW_MS, Month

SECTION = {"nudge_usd": 5}
PAST = NOW_MS // DAY_MS + 1


def found(db: sqlite3.Connection, nano: int, days: int = 30, held: str = "0.0") -> None:
    """Note what a look has found, in a ledger that held so much."""
    meta.put(db, reminder.WORTH, f"{nano}:{days}:{PAST}:{held}:than the $20.00 they did")


def test_one_line_when_it_is_worth_it_and_never_twice(db: sqlite3.Connection) -> None:
    """Said once; not again within the week, nor later without a new look."""
    found(db, 12_400_000_000)
    assert reminder.line(db, SECTION, NOW_MS) == (
        "Played again, your last 30 days to 2026-11-22 would have cost $12.40 less than the $20.00"
        " they did, by the plan's low estimate: `cheaproute plan` shows where."
    )
    assert reminder.line(db, SECTION, NOW_MS + 1) == ""
    assert reminder.line(db, SECTION, NOW_MS + 30 * DAY_MS) == ""
    found(db, 9_000_000_000)
    assert reminder.line(db, SECTION, NOW_MS + DAY_MS) == ""
    assert reminder.line(db, SECTION, NOW_MS + 8 * DAY_MS) != ""


def test_less_than_the_setting_is_not_said(db: sqlite3.Connection) -> None:
    """4.99 of 5 dollars is silence."""
    found(db, 4_990_000_000)
    assert reminder.line(db, SECTION, NOW_MS) == ""


def test_few_days_count_for_a_month(db: sqlite3.Connection) -> None:
    """The setting is dollars a month; what is said are those of the days looked at."""
    found(db, 1_200_000_000, 7)
    said = reminder.line(db, SECTION, NOW_MS)
    assert "your last 7 days to 2026-11-22 would have cost $1.20 less" in said
    found(db, 1_100_000_000, 7)
    assert reminder.line(db, SECTION, NOW_MS + 8 * DAY_MS) == ""


def test_the_look_waits_for_days_to_look_at(db: sqlite3.Connection) -> None:
    """An empty ledger, or one of today, starts no process; 0 in the setting neither."""
    env = {"CHEAPROUTE_HOME": "/nonexistent"}
    assert not reminder.look_in_background(db, env, SECTION, NOW_MS)
    month = Month(db)
    month.call(NOW_MS, made.OPUS, 1)
    assert not reminder.look_in_background(db, env, SECTION, NOW_MS)
    month.call(NOW_MS - 5 * DAY_MS, made.OPUS, 1)
    assert not reminder.look_in_background(db, env, {"nudge_usd": 0}, NOW_MS)
    assert meta.get(db, reminder.LOOKED) == ""


def test_the_look_leaves_its_worth(db: sqlite3.Connection, month: Month) -> None:
    """What the background finds is what the report would say."""
    made.everyday_opus(month)
    made.wasteful_agent(month)
    path = db.execute("PRAGMA database_list").fetchone()[2]
    env = {"CHEAPROUTE_HOME": path.removesuffix("/ledger.db")}
    worth = reminder.worth(env, NOW_MS)
    assert worth > 0
    assert meta.get(db, reminder.WORTH).startswith(f"{worth}:19:{PAST}:")


def test_what_is_said_is_what_was_shown_last(db: sqlite3.Connection, month: Month) -> None:
    """A plan that was shown meanwhile has the word, and the line names its days."""
    made.everyday_opus(month)
    made.wasteful_agent(month)
    env = {
        "CHEAPROUTE_HOME": db.execute("PRAGMA database_list").fetchone()[2][: -len("/ledger.db")]
    }
    worth = reminder.worth(env, NOW_MS)
    kept = meta.get(db, reminder.WORTH)
    meta.put(db, reminder.WORTH, kept.replace(str(worth), "77000000000", 1))
    plan = look.plan(db, env, made.settings(), look.span(db, 30, NOW_MS))
    said = reminder.line(db, SECTION, NOW_MS)
    assert "your last 19 days to 2026-" in said
    assert f"would have cost ${plan.low / 1e9:,.2f} less" in said


def test_nothing_is_said_of_a_part_of_the_history(db: sqlite3.Connection, month: Month) -> None:
    """What was found before more of those days came in is not said; it is looked at anew."""
    made.everyday_opus(month)
    made.wasteful_agent(month)
    env = {
        "CHEAPROUTE_HOME": db.execute("PRAGMA database_list").fetchone()[2][: -len("/ledger.db")]
    }
    meta.put(db, coverage.PROGRESS, f"40 {NOW_MS}")
    assert not reminder.look_in_background(db, env, SECTION, NOW_MS)
    meta.put(db, reminder.LOOKED, str(NOW_MS))
    reminder.worth(env, NOW_MS)
    assert reminder.line(db, {"nudge_usd": 0}, NOW_MS) == ""
    meta.put(db, coverage.PROGRESS, "")
    part = meta.get(db, reminder.WORTH)
    month.call(NOW_MS, made.OPUS, 1)  # today's own is no other history
    month.call(NOW_MS - 5 * DAY_MS, made.OPUS, 1)
    assert reminder.line(db, {"nudge_usd": 0}, NOW_MS) == ""
    assert meta.get(db, reminder.WORTH) == meta.get(db, reminder.LOOKED) == ""
    worth = reminder.worth(env, NOW_MS)
    assert meta.get(db, reminder.WORTH) != part
    month.call(NOW_MS, made.OPUS, 1)
    said = reminder.line(db, {"nudge_usd": 0}, NOW_MS)
    assert f"would have cost ${worth / 1e9:,.2f} less" in said
