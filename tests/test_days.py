"""Timestamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.days import parse_ms

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_agrees_with_datetime(when: datetime) -> None:
    """Any ISO timestamp, in any zone, is the milliseconds that datetime says."""
    assert parse_ms(when.isoformat()) == (when - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", None, 7, "2026-11-22"])
def test_no_timestamp_is_zero(text: object) -> None:
    """What is no timestamp is 0, not an error."""
    assert parse_ms(text) == 0
