"""Timestamps of transcript rows, without datetime (hot path)."""

from __future__ import annotations

DAY_MS = 86_400_000

_days: dict[str, int] = {}


def parse_ms(text: object) -> int:
    """UTC milliseconds of an ISO 8601 text such as `2026-11-22T09:53:16.303Z`; 0 if it is none."""
    if not isinstance(text, str) or len(text) < 19:
        return 0
    try:
        day = _days.get(text[:10])
        if day is None:
            day = _days[text[:10]] = _day(int(text[:4]), int(text[5:7]), int(text[8:10]))
        clock = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
        usual = len(text) == 24 and text[19] == "." and text[23] == "Z"
        fraction, offset_s = (int(text[20:23]), 0) if usual else _rest(text[19:])
    except ValueError:
        return 0
    return day * DAY_MS + (clock - offset_s) * 1000 + fraction


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
