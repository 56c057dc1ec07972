"""Days as numbers (since 1970-01-01, UTC), their names, and timestamps; no datetime (hot path)."""

from __future__ import annotations

from cheaproute.errors import UsageError

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# What minutes that were met begin at; rows of a session are close together.
_minutes: dict[str, int] = {}
_MOST_MINUTES = 1000


def parse_ms(text: object) -> int:
    """UTC milliseconds of an ISO 8601 text such as `2026-11-22T09:53:16.303Z`; 0 if it is none."""
    if not isinstance(text, str) or len(text) < 19:
        return 0
    try:
        minute_s = _minutes.get(text[:17])
        if minute_s is None:
            minute_s = _minute_s(text)
        usual = len(text) == 24 and text[19] == "." and text[23] == "Z"
        fraction, offset_s = (int(text[20:23]), 0) if usual else _rest(text[19:])
        return (minute_s + int(text[17:19]) - offset_s) * 1000 + fraction
    except ValueError:
        return 0


def _minute_s(text: str) -> int:
    """UTC seconds of the minute that a timestamp begins with; kept for the next of them."""
    if len(_minutes) >= _MOST_MINUTES:
        _minutes.clear()
    day = _day(int(text[:4]), int(text[5:7]), int(text[8:10]))
    found = day * DAY_MS // 1000 + int(text[11:13]) * 3600 + int(text[14:16]) * 60
    _minutes[text[:17]] = found
    return found


def day_of(ms: int) -> int:
    """The UTC day in which `ms` lies."""
    return ms // DAY_MS


def iso(day: int) -> str:
    """`2026-11-22`."""
    year, month, date = civil(day)
    return f"{year:04d}-{month:02d}-{date:02d}"


def month_of(day: int) -> str:
    """`2026-11`."""
    return iso(day)[:7]


def span(month: str) -> tuple[int, int]:
    """First day of `month` (`2026-11`) and the first day after it.

    Raises:
        UsageError: not a month.
    """
    first = parse(f"{month}-01") if len(month) == 7 else None
    if first is None:
        raise UsageError(f"{month!r} is not a month: write it like 2026-11")
    year, number, _ = civil(first)
    return first, _day(year + number // 12, number % 12 + 1, 1)


def parse(text: str) -> int | None:
    """The day of `2026-11-22`; None if it is no day of the calendar, or written otherwise."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    try:
        day = _day(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
    return day if iso(day) == text else None


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month (the Gregorian calendar, counted from March)."""
    era, of_era = divmod(day + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, date


def _day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError
    year -= month <= 2
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719_468


def _rest(text: str) -> tuple[int, int]:
    """The milliseconds and the zone's offset in seconds of what follows the seconds."""
    fraction = 0
    if text[:1] == ".":
        digits = len(text) - 1 - len(text[1:].lstrip("0123456789"))
        fraction = int(text[1 : 1 + digits].ljust(3, "0")[:3] or "0")
        text = text[1 + digits :]
    if text in ("", "Z", "z"):
        return fraction, 0
    if text[0] not in "+-":
        raise ValueError
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return fraction, (minutes if text[0] == "+" else -minutes) * 60
