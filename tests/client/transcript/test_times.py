"""Times of rows, many at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.client.transcript import rows
from cheaproute.client.transcript.spelt import times
from cheaproute.client.transcript.spelt.pattern import TIME

# The form of `TIME`, a letter for each of its places.
_CLOSE = st.from_regex(
    re.compile(r"(19|20|21)[0-9]{2}[-0-9T][01][0-9][-0-9T][0-3][0-9]T[0-9-]{2}:[0-9]{2}:[0-5][0-9]\.[0-9]{3}Z"),
    fullmatch=True,
)  # fmt: skip


@given(st.lists(_CLOSE | st.from_regex(re.compile(TIME, re.ASCII), fullmatch=True)))
def test_a_time_is_what_it_is_where_a_row_is_decoded(texts: list[str]) -> None:
    """All at once, in their order, and one by one."""
    told = [text for text in texts if times.hour_ms(text.encode()) > 0]
    expected = [rows.time_ms(text) for text in told]
    assert times.all_ms([text.encode() for text in told]) == expected
    assert [times.one_ms(text.encode()) for text in told] == expected


@pytest.mark.parametrize(
    "hour", ["2026--3-25T01", "2026-03025T01", "20260-03-2501", "2026-13-45T01"]
)
def test_an_odd_hour_is_none(hour: str) -> None:
    """Its row is decoded."""
    assert times.hour_ms(f"{hour}:00:00.000Z".encode()) == 0
