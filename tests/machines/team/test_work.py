"""A lease's margin, and what ends it: pure rules of the round."""

from __future__ import annotations

import sqlite3

import pytest

from cheaproute.cap.shared import lease
from cheaproute.days import HOUR_MS
from cheaproute.machines.team import sizing, skew
from cheaproute.money import NANO
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY


@pytest.mark.parametrize(
    ("skew_s", "seconds", "margin"),
    [(0, 3600, 60), (29, 3600, 60), (31, 3600, 62), (600, 3600, 1200), (7200, 3600, 1800),
     (600, 120, 60), (10**9, 86_400, 43_200)],
)  # fmt: skip
def test_the_margin_is_twice_the_skew_and_a_minute_at_least(
    skew_s: int, seconds: int, margin: int
) -> None:
    """It never takes more than half of the lease, which then still lasts."""
    assert skew.margin_s(skew_s, seconds) == margin
    assert margin <= seconds // 2


def test_a_lease_ends_with_the_start_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reboot the running clock says nothing of it, whatever it shows."""
    held = lease.Lease({}, month="2026-11", taken_ms=1_000, hold_ms=60_000)
    assert held.live("2026-11", 2_000)
    assert not held.live("2026-11", 61_000)
    assert not held.live("2026-11", 500)
    assert not held.live("2026-12", 2_000)
    monkeypatch.setattr(lease, "started", lambda: "another")
    assert not held.live("2026-11", 2_000)


def test_a_lease_holds_what_a_busy_hour_spends(db: sqlite3.Connection) -> None:
    """As nine of ten spending hours of two weeks, a project's by its own; never too little."""
    assert sizing.size(db, NOW_MS) == sizing.LEAST_NANO
    for hour in range(21):  # $1 to $20 in two calls each, and one of long ago
        for half in range(2):
            id_ = f"m{hour}-{half}"
            ledgers.add_call(db, id_, TODAY, project=f"/p/{'shop' if hour < 10 else 'lab'}",
                             cost_nano=(hour + 1) * NANO // 2)  # fmt: skip
            at_ms = NOW_MS - (hour if hour < 20 else 15 * 24) * HOUR_MS
            db.execute("UPDATE call SET ts_ms = ? WHERE id = ?", (at_ms, id_))
    assert sizing.size(db, NOW_MS) == 19 * NANO
    assert sizing.size(db, NOW_MS, "shop") == 10 * NANO
    assert sizing.size(db, NOW_MS, "nowhere") == sizing.LEAST_NANO
