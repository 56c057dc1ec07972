from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from cheaproute.cap import periods


def ms(*at: int) -> int:
    """UTC milliseconds of a date."""
    return int(datetime(*at, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def test_keys_are_those_of_the_triggers() -> None:
    """A moment falls in its UTC month and day, and in its session."""
    assert periods.keys(ms(2026, 11, 30, 23, 59), 7) == {
        "month": "month:2026-11",
        "day": "day:20787",
        "session": "session:7",
    }


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (ms(2026, 11, 22, 12), ms(2026, 12, 1)),
        (ms(2026, 12, 31, 23, 59), ms(2027, 1, 1)),
        (ms(2027, 1, 31), ms(2027, 2, 1)),
        (ms(2028, 2, 29, 1), ms(2028, 3, 1)),
        (ms(2027, 2, 1), ms(2027, 3, 1)),
    ],
)
def test_a_month_resets_at_the_first_of_the_next(now: int, reset: int) -> None:
    """The next UTC month begins at its first midnight, across years and leap days."""
    assert periods.reset_ms("month", now) == reset


def test_a_day_resets_at_utc_midnight_and_a_session_never() -> None:
    """Days end at UTC midnight; a session has no reset."""
    assert periods.reset_ms("day", ms(2026, 11, 22, 23, 59)) == ms(2026, 11, 23)
    assert periods.reset_ms("session", ms(2026, 11, 22)) is None
    assert periods.start_ms("month", ms(2026, 11, 22, 5)) == ms(2026, 11, 1)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (ms(2026, 12, 1), "05:30"),
        (ms(2026, 11, 22), "Tue 1 Dec 05:30"),
        (ms(2025, 11, 22), "Tue 1 Dec 2026 05:30"),
    ],
)
def test_a_time_is_said_on_the_users_clock(
    now: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UTC midnight in India is half past five; the date is said where it is another day."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert periods.local(ms(2026, 12, 1), now) == said
    finally:
        monkeypatch.undo()
        time.tzset()
