from __future__ import annotations

import sqlite3
import time

from cheaproute.cap import limits, state
from cheaproute.cap.alerts import messages, thresholds
from cheaproute.money import NANO
from tests.cap.caplib import DAY_MS, NOW, spend

PERCENTS = [50, 75, 90, 95]


def crossed(db: sqlite3.Connection, now_ms: int = NOW, session: int = 1) -> list[tuple[str, int]]:
    """What is newly passed, as (period key, percent)."""
    found = thresholds.cross(db, state.state(db, session, now_ms), PERCENTS)
    return [(at.key, percent) for at, percent in found]


def test_a_threshold_is_said_once(db: sqlite3.Connection) -> None:
    """Once per period, whichever session asks."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 4.9)
    assert crossed(db) == []
    spend(db, 0.1)
    assert crossed(db) == [("month:2026-11", 50)]
    assert crossed(db, session=2) == []


def test_only_the_highest_of_several_is_said(db: sqlite3.Connection) -> None:
    """A jump from 0 to 92 % is one line, and those below it are not said later."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 9.2)
    assert crossed(db) == [("month:2026-11", 90)]
    assert crossed(db) == []
    spend(db, 0.4)
    assert crossed(db) == [("month:2026-11", 95)]


def test_two_caps_that_cross_at_once_are_both_said(db: sqlite3.Connection) -> None:
    """The highest of each period, in one line; neither is said again."""
    limits.put(db, {"month": 10 * NANO, "day": 6 * NANO}, NOW)
    spend(db, 5.6)
    now = state.state(db, 1, NOW)
    found = thresholds.cross(db, now, PERCENTS)
    assert [(at.name, percent) for at, percent in found] == [("month", 50), ("day", 90)]
    assert messages.alert(found, NOW, zone=time.gmtime) == (
        "[cheaproute] 56 % of the monthly cap is used: $5.60 of $10.00. "
        "It resets Tue 1 Dec 00:00 your time. "
        "93 % of the daily cap is used: $5.60 of $6.00. It resets Mon 23 Nov 00:00 your time."
    )
    assert crossed(db) == []
    spend(db, 2)
    assert crossed(db) == [("month:2026-11", 75), ("day:20779", 95)]


def test_far_past_a_cap_it_is_told_in_times(db: sqlite3.Connection) -> None:
    """A percentage of five digits says nothing."""
    limits.put(db, {"month": NANO // 100}, NOW)
    spend(db, 5.18)
    found = thresholds.cross(db, state.state(db, 1, NOW), PERCENTS)
    assert "518 times the monthly cap is used: $5.18 of $0.01." in messages.alert(found, NOW)


def test_a_new_month_warns_anew(db: sqlite3.Connection) -> None:
    """Each period has thresholds of its own."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    assert crossed(db) == [("month:2026-11", 50)]
    spend(db, 6, now_ms=NOW + 9 * DAY_MS)
    assert crossed(db, NOW + 9 * DAY_MS) == [("month:2026-12", 50)]


def test_sessions_have_thresholds_of_their_own(db: sqlite3.Connection) -> None:
    """A second session that passes its own cap is told, too."""
    limits.put(db, {"session": 10 * NANO}, NOW)
    spend(db, 6, session=1)
    spend(db, 8, session=2)
    assert crossed(db, session=1) == [("session:1", 50)]
    assert crossed(db, session=2) == [("session:2", 75)]


def test_asking_without_news_takes_no_lock(db: sqlite3.Connection) -> None:
    """Nearly every hook finds nothing new and must not write."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    crossed(db)
    before = db.total_changes
    assert crossed(db) == []
    assert db.total_changes == before


def test_an_alert_is_one_line(db: sqlite3.Connection) -> None:
    """Percent, amounts and reset."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    spend(db, 37.61)
    at = state.state(db, 1, NOW).periods["month"]
    assert messages.alert([(at, 75)], NOW, zone=time.gmtime) == (
        "[cheaproute] 75 % of the monthly cap is used: $37.61 of $50.00. "
        "It resets Tue 1 Dec 00:00 your time."
    )
