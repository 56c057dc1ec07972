from __future__ import annotations

import pytest

from cheaproute import days as calendar
from cheaproute.errors import UsageError
from cheaproute.report import dates
from tests.ledgers import TODAY


def test_names_of_a_day() -> None:
    """A day's number and its names."""
    assert calendar.iso(TODAY) == "2026-11-22"
    assert dates.short(TODAY) == "22 Nov"
    assert dates.weekday(TODAY) == "Sun"
    assert dates.month_name(TODAY) == "November 2026"
    assert calendar.iso(0) == "1970-01-01"


@pytest.mark.parametrize(
    ("month", "days"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-11", 30)]
)
def test_span_of_a_month(month: str, days: int) -> None:
    """A month runs from its first day to before the next one's."""
    first, past = calendar.span(month)
    assert past - first == days
    assert calendar.iso(first) == f"{month}-01"


@pytest.mark.parametrize("text", ["2026-13", "2026", "26-11", "", "2026-1", "x" * 7])
def test_no_month(text: str) -> None:
    """What is no month is refused with an example."""
    with pytest.raises(UsageError, match="write it like 2026-11"):
        calendar.span(text)


@pytest.mark.parametrize(
    ("text", "back"), [("today", 0), ("yesterday", 1), ("7d", 7), ("2026-11-20", 2)]
)
def test_days_as_written(text: str, back: int) -> None:
    """Days by date, by name, and counted back."""
    assert dates.parse(text, TODAY) == TODAY - back


@pytest.mark.parametrize("text", ["", "d", "tomorrow", "20261120", "2026-02-30", "9999999d"])
def test_no_day(text: str) -> None:
    """What is no day is refused with an example."""
    with pytest.raises(UsageError, match="write it like"):
        dates.parse(text, TODAY)


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "now"), (-5, "now"), (59, "59 min"), (60, "1 h"), (5000, "3 d")]
)
def test_ago(minutes: int, said: str) -> None:
    """One unit is enough."""
    assert dates.ago(0, minutes * 60_000) == said
