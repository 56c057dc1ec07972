from __future__ import annotations

import pytest

from cheaproute import days
from cheaproute.cap import forecast
from tests.ledgers import NOW_MS, TODAY

WEEK = [(TODAY - n, 10) for n in range(13, 0, -1)]


def test_month_end_is_spend_and_the_days_left() -> None:
    """22 November: what is missing of today's average, and eight days at it."""
    recent = [*WEEK, (TODAY, 4)]
    assert forecast.month_end(1000, recent, TODAY - 300, NOW_MS) == 1000 + 6 + 8 * 10


def test_a_dear_today_is_not_counted_twice() -> None:
    """Today beyond the average is in the spend already."""
    assert forecast.month_end(1000, [*WEEK, (TODAY, 90)], 0, NOW_MS) == 1000 + 80


def test_a_young_ledger_averages_its_own_days() -> None:
    """Days before the first call are no evidence of cheap days."""
    recent = [(TODAY - 3, 0), (TODAY - 2, 0), (TODAY - 1, 30), (TODAY, 30)]
    assert forecast.month_end(60, recent, TODAY - 1, NOW_MS) == 60 + 8 * 30


@pytest.mark.parametrize("first", [None, TODAY])
def test_no_full_day_no_forecast(first: int | None) -> None:
    """On the first day there is no forecast rather than a guess."""
    assert forecast.month_end(5, [*WEEK, (TODAY, 5)], first, NOW_MS) is None


def test_the_day_the_cap_is_reached() -> None:
    """At ten a day from 22 November, 25 more are spent on the 24th."""
    day = forecast.day_reached(125, 100, 190, NOW_MS)
    assert day is not None
    assert days.iso(day) == "2026-11-24"
    assert forecast.day_reached(200, 100, 190, NOW_MS) is None
    assert forecast.day_reached(50, 100, 190, NOW_MS) is None
