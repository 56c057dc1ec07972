"""Days and times in words for people, and the words people type for a day."""

from __future__ import annotations

from cheaproute import days
from cheaproute.errors import UsageError

# English whatever the locale, as the rest of the screen.
_MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stamp(ms: int) -> str:
    """`2026-11-22 15:30`, UTC."""
    minutes = ms // 60_000 % 1440
    return f"{days.iso(days.day_of(ms))} {minutes // 60:02d}:{minutes % 60:02d}"


def short(day: int) -> str:
    """`22 Nov`."""
    _, month, date = days.civil(day)
    return f"{date} {_MONTH_NAMES[month - 1][:3]}"


def month_name(day: int) -> str:
    """`November 2026`."""
    year, month, _ = days.civil(day)
    return f"{_MONTH_NAMES[month - 1]} {year}"


def weekday(day: int) -> str:
    """`Mon`."""
    return _WEEKDAYS[(day + 3) % 7]


def ago(ms: int, now_ms: int) -> str:
    """How long ago, in one unit: `now`, `5 min`, `3 h`, `12 d`."""
    minutes = max(0, now_ms - ms) // 60_000
    if minutes < 60:
        return f"{minutes} min" if minutes else "now"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def is_month(text: str) -> bool:
    """Whether `text` is a month, `2026-11`."""
    try:
        days.span(text)
    except UsageError:
        return False
    return True


def parse(text: str, today: int) -> int:
    """The day of `2026-11-22`, `today`, `yesterday` or `7d` (seven days ago).

    Raises:
        UsageError: none of these.
    """
    if text in ("today", "yesterday"):
        return today - (text == "yesterday")
    if text[-1:] == "d" and text[:-1].isdecimal() and len(text) < 7:
        return today - int(text[:-1])
    day = days.parse(text)
    if day is None:
        raise UsageError(f"{text!r} is not a day: write it like 2026-11-22, today, yesterday or 7d")
    return day
