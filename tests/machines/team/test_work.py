"""A lease's margin, and what ends it: pure rules of the round."""

from __future__ import annotations

import pytest

from cheaproute.cap.shared import lease
from cheaproute.machines.team import skew


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
