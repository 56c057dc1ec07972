"""Sums that another program changed are made anew from the calls, and it is said."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from cheaproute.ledger.calls import retention
from cheaproute.ledger.upkeep import check, recount
from tests.cap.caplib import DAY_MS, NOW, spend
from tests.hook.test_gate import UUID, Machine, machine

__all__ = ["machine"]
TAKES = "CREATE TRIGGER z AFTER INSERT ON call BEGIN UPDATE spent SET cost_nano = 0; END"


def test_sums_are_made_anew_and_it_is_logged_once(machine: Machine) -> None:
    """A hook opens a ledger whose sums a trigger took away: the cap counts, the log has a line."""
    machine.calls = 500  # ids of its own
    machine.call(0.4)
    machine.hook("stop", hook_event_name="Stop")
    with closing(machine.ledger()) as db:
        db.execute(TAKES)
        db.execute("DROP TRIGGER call_added")
        spend(db, 0.3, now_ms=time.time_ns() // 1_000_000, session=1)
        assert db.execute("SELECT DISTINCT cost_nano FROM spent").fetchall() == [(0,)]
    for _ in range(2):
        machine.hook("stop", hook_event_name="Stop", session_id=UUID)
    assert machine.spent() == pytest.approx(0.7)
    log = (machine.data / "cheaproute.log").read_text()
    assert log.count("another program") == 1
    assert "it is $0.70, not $0.00" in log


def test_what_was_dropped_by_age_stays(machine: Machine) -> None:
    """Days of which no single calls are kept, and sessions that began then, keep their sums."""
    with closing(machine.ledger()) as db:
        now = NOW - NOW % DAY_MS
        for days, session in ((40, 1), (1, 2)):
            db.execute(
                "INSERT INTO session(id, uuid, first_ms, last_ms) VALUES(?1, ?1, ?2, ?2)",
                (session, now - days * DAY_MS),
            )
            db.execute("INSERT OR IGNORE INTO model(id, name) VALUES(1, 'm')")
            spend(db, 1, now_ms=now - days * DAY_MS, session=session)
        retention.drop(db, 30, now)
        before = db.execute("SELECT * FROM spent ORDER BY 1").fetchall()
        db.execute("DROP TRIGGER call_saved")
    with closing(machine.ledger()) as db:
        assert recount.where_due(db) is not None
        assert db.execute("SELECT * FROM spent ORDER BY 1").fetchall() == before
        assert check.problems(db) == []
        assert recount.where_due(db) is None
