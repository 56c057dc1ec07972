from __future__ import annotations

import pytest

from cheaproute import days as calendar
from cheaproute.errors import UsageError
from cheaproute.report import date_range, dates
from cheaproute.report.zone import Zone
from tests.ledgers import TODAY

HOUR = 3_600_000


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


@pytest.mark.parametrize(
    ("text", "name"),
    [("week", "the last seven days"), ("this week", "this week"), ("last week", "last week"),
     ("all", "all"), ("7d", ""), ("month", "")],
)  # fmt: skip
def test_two_kinds_of_week_are_told_apart(text: str, name: str) -> None:
    """A screen says which of them it shows."""
    assert date_range.parse(text.split(), TODAY, TODAY - 40).name == name


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("q3", "2026-07-01", "2026-09-30"), ("q4", "2026-10-01", "2026-12-31"),
     ("Q1 2025", "2025-01-01", "2025-03-31"), ("2026-q2", "2026-04-01", "2026-06-30"),
     ("11/2026", "2026-11-01", "2026-11-30"), ("2/2026", "2026-02-01", "2026-02-28")],
)  # fmt: skip
def test_quarters_and_months_with_a_slash(text: str, first: str, last: str) -> None:
    """As people write them; a quarter without a year is the latest that has begun."""
    reach = date_range.parse(text.split(), TODAY, TODAY - 900)
    assert (calendar.iso(reach.first), calendar.iso(reach.past - 1)) == (first, last)


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [("2026-03-31", 1, "2026-03-01"), ("2028-03-31", 1, "2028-03-01"),
     ("2026-03-30", 1, "2026-03-01"), ("2026-01-15", 1, "2025-12-16"),
     ("2026-01-31", 2, "2025-12-01"), ("2026-05-31", 3, "2026-03-01")],
)  # fmt: skip
def test_months_back_end_where_a_month_is_shorter(today: str, months: int, first: str) -> None:
    """So many months before the 31st is the last day of a month that has none."""
    day = calendar.parse(today)
    assert day is not None
    reach = date_range.parse([str(months), "months"], day)
    assert (calendar.iso(reach.first), reach.past) == (first, day + 1)


@pytest.mark.parametrize(
    "text",
    ["foo october", "q5", "24h", "13/2026", "last tuesdayish 2026", "26.13.2026", "0 months",
     "9999 months", "3 months ago"],
)  # fmt: skip
def test_a_refusal_quotes_what_was_typed(text: str) -> None:
    """Not what was made of it on the way."""
    with pytest.raises(UsageError) as refused:
        date_range.parse(text.split(), TODAY)
    assert str(refused.value).startswith(f"{text!r} is no day or span")


@pytest.mark.parametrize("text", ["2026-13", "2026", "26-11", "", "2026-1", "x" * 7])
def test_no_month(text: str) -> None:
    """What is no month is refused with an example."""
    with pytest.raises(UsageError, match="write it like 2026-11"):
        calendar.span(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", "2026-11-01", "2026-11-30"),
        ("month", "2026-11-01", "2026-11-30"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("lastmonth", "2026-10-01", "2026-10-31"),
        ("since last month", "2026-10-01", "2026-11-22"),
        ("since lastweek", "2026-11-09", "2026-11-22"),
        ("last month..last week", "2026-10-01", "2026-11-15"),
        ("previous month", "2026-10-01", "2026-10-31"),
        ("last-week", "2026-11-09", "2026-11-15"),
        ("thismonth", "2026-11-01", "2026-11-30"),
        ("current week", "2026-11-16", "2026-11-22"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last 7 days", "2026-11-16", "2026-11-22"),
        ("3 months", "2026-08-23", "2026-11-22"),
        ("last 3 months", "2026-08-23", "2026-11-22"),
        ("past 12 months", "2025-11-23", "2026-11-22"),
        ("1 month", "2026-10-23", "2026-11-22"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("ytd", "2026-01-01", "2026-11-22"),
        ("26.10.2026", "2026-10-26", "2026-10-26"),
        ("since 1.11.2026", "2026-11-01", "2026-11-22"),
        ("01.10.2026..31.10.2026", "2026-10-01", "2026-10-31"),
        ("from 1.10.2026 to 7.10.2026", "2026-10-01", "2026-10-07"),
        ("30 days", "2026-10-24", "2026-11-22"),
        ("monday", "2026-11-16", "2026-11-16"),
        ("Sunday", "2026-11-22", "2026-11-22"),
        ("last tue", "2026-11-17", "2026-11-17"),
        ("since monday", "2026-11-16", "2026-11-22"),
        ("mon..wed", "2026-11-16", "2026-11-18"),
        ("from monday to wednesday", "2026-11-16", "2026-11-18"),
        ("november", "2026-11-01", "2026-11-30"),
        ("december", "2025-12-01", "2025-12-31"),
        ("nov 16", "2026-11-16", "2026-11-16"),
        ("16 nov", "2026-11-16", "2026-11-16"),
        ("since 20 october", "2026-10-20", "2026-11-22"),
        ("24 nov", "2025-11-24", "2025-11-24"),
        ("3 nov to 5 nov", "2026-11-03", "2026-11-05"),
        ("nov 3 nov 5", "2026-11-03", "2026-11-05"),
        ("2026-11-20 to today", "2026-11-20", "2026-11-22"),
        ("last may", "2026-05-01", "2026-05-31"),
        ("may 2025", "2025-05-01", "2025-05-31"),
        ("sept 2025..nov 2025", "2025-09-01", "2025-11-30"),
        ("since march", "2026-03-01", "2026-11-22"),
        ("2026-11-01 2026-11-10", "2026-11-01", "2026-11-10"),
        ("2026-02 2026-03", "2026-02-01", "2026-03-31"),
        ("today", "2026-11-22", "2026-11-22"),
        ("Yesterday", "2026-11-21", "2026-11-21"),
        ("week", "2026-11-16", "2026-11-22"),
        ("7d", "2026-11-16", "2026-11-22"),
        ("1d", "2026-11-22", "2026-11-22"),
        ("year", "2026-01-01", "2026-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("all", "2026-01-05", "2026-11-22"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-02-03", "2026-02-03", "2026-02-03"),
        ("since 2026-02-01", "2026-02-01", "2026-11-22"),
        ("since 7d", "2026-11-16", "2026-11-22"),
        ("since yesterday", "2026-11-21", "2026-11-22"),
        ("since 2026-02-01 until 2026-02-10", "2026-02-01", "2026-02-10"),
        ("2026-02-01..2026-02-10", "2026-02-01", "2026-02-10"),
        ("2026-02..2026-03", "2026-02-01", "2026-03-31"),
        ("..2026-02-10", "2026-01-05", "2026-02-10"),
        ("2026-02-01..", "2026-02-01", "2026-11-22"),
    ],
)
def test_spans_as_typed(text: str, first: str, last: str) -> None:
    """The words people type for a span of days, and how many days that is."""
    found = date_range.parse(text.split(), TODAY, calendar.parse("2026-01-05"))
    assert (calendar.iso(found.first), calendar.iso(found.past - 1)) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "d", "tomorrow", "20261120", "2026-02-30", "9999999d", "0d", "week week", "today or so",
        "endpoint returns 500", "2026-13", "..", "since", "2026-02-10..2026-02-01", "٣d",
    ],
)  # fmt: skip
def test_no_span(text: str) -> None:
    """What is no span is refused in one line."""
    with pytest.raises(UsageError) as caught:
        date_range.parse(text.split(), TODAY, TODAY - 9)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"])
def test_a_day_is_the_readers(zone: str) -> None:
    """A day begins at midnight where the reader is, also when the clocks change."""
    where = Zone(zone)
    for day in range(TODAY - 400, TODAY):
        start, past = where.start_ms(day), where.start_ms(day + 1)
        assert past - start in (23 * HOUR, 24 * HOUR, 25 * HOUR)
        assert where.day_of(start) == where.day_of(past - 1) == day
        assert where.clock(start) == "00:00"


def test_an_unknown_zone_is_the_machines_own() -> None:
    """A slip in the setting does not take the costs away."""
    assert Zone("Nowhere/City").name in ("UTC", "local time")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "now"), (-5, "now"), (59, "59 min ago"), (60, "1 h ago"), (5000, "3 d ago")],
)
def test_ago(minutes: int, said: str) -> None:
    """One unit is enough."""
    assert dates.ago(0, minutes * 60_000) == said
