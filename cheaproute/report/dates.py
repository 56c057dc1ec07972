"""Days as numbers (days since 1970-01-01, UTC) and their names."""

from __future__ import annotations

import datetime as dt

from cheaproute.errors import UsageError

DAY_MS = 86_400_000
_EPOCH = dt.date(1970, 1, 1).toordinal()
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


def day_of(ms: int) -> int:
    """The UTC day in which `ms` lies."""
    return ms // DAY_MS


def iso(day: int) -> str:
    """`2026-11-22`."""
    return _date(day).isoformat()


def stamp(ms: int) -> str:
    """`2026-11-22 15:30`, UTC."""
    minutes = ms // 60_000 % 1440
    return f"{iso(day_of(ms))} {minutes // 60:02d}:{minutes % 60:02d}"


def short(day: int) -> str:
    """`22 Nov`."""
    date = _date(day)
    return f"{date.day} {_MONTH_NAMES[date.month - 1][:3]}"


def month_name(day: int) -> str:
    """`November 2026`."""
    date = _date(day)
    return f"{_MONTH_NAMES[date.month - 1]} {date.year}"


def weekday(day: int) -> str:
    """`Mon`."""
    return _WEEKDAYS[_date(day).weekday()]


def ago(ms: int, now_ms: int) -> str:
    """How long ago, in one unit: `now`, `5 min`, `3 h`, `12 d`."""
    minutes = max(0, now_ms - ms) // 60_000
    if minutes < 60:
        return f"{minutes} min" if minutes else "now"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def month_of(day: int) -> str:
    """`2026-11`."""
    return iso(day)[:7]


def is_month(text: str) -> bool:
    """Whether `text` is a month, `2026-11`."""
    try:
        span(text)
    except UsageError:
        return False
    return True


def span(month: str) -> tuple[int, int]:
    """First day of `month` (`2026-11`) and the first day after it.

    Raises:
        UsageError: not a month.
    """
    first = _parse(f"{month}-01", month, "a month: write it like 2026-11")
    date = _date(first)
    return first, dt.date(date.year + date.month // 12, date.month % 12 + 1, 1).toordinal() - _EPOCH


def parse(text: str, today: int) -> int:
    """The day of `2026-11-22`, `today`, `yesterday` or `7d` (seven days ago).

    Raises:
        UsageError: none of these.
    """
    if text in ("today", "yesterday"):
        return today - (text == "yesterday")
    if text[-1:] == "d" and text[:-1].isdecimal() and len(text) < 7:
        return today - int(text[:-1])
    return _parse(text, text, "a day: write it like 2026-11-22, today, yesterday or 7d")


def _parse(text: str, said: str, want: str) -> int:
    try:
        return dt.date.fromisoformat(text if text[4:5] == "-" else "").toordinal() - _EPOCH
    except ValueError:
        raise UsageError(f"{said!r} is not {want}") from None


def _date(day: int) -> dt.date:
    return dt.date.fromordinal(day + _EPOCH)
