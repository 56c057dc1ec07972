"""Days and times in words for people."""

from __future__ import annotations

from cheaproute import days

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.report.zone import Zone

# English whatever the locale, as the rest of the screen.
MONTHS = (
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
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stamp(ms: int) -> str:
    """`2026-11-22 15:30`, UTC."""
    minutes = ms // 60_000 % 1440
    return f"{days.iso(days.day_of(ms))} {minutes // 60:02d}:{minutes % 60:02d}"


def moment(ms: int, zone: Zone) -> str:
    """`Mon 23 Nov 15:30`, there."""
    day = zone.day_of(ms)
    return f"{weekday(day)} {short(day)} {zone.clock(ms)}"


def short(day: int) -> str:
    """`22 Nov`."""
    _, month, date = days.civil(day)
    return f"{date} {MONTHS[month - 1][:3]}"


def month_name(day: int) -> str:
    """`November 2026`."""
    year, month, _ = days.civil(day)
    return f"{MONTHS[month - 1]} {year}"


def weekday(day: int) -> str:
    """`Mon`."""
    return WEEKDAYS[(day + 3) % 7]


def ago(ms: int, now_ms: int) -> str:
    """How long ago, in one unit: `now`, `5 min ago`, `3 h ago`, `12 d ago`."""
    minutes = max(0, now_ms - ms) // 60_000
    if minutes < 60:
        return f"{minutes} min ago" if minutes else "now"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} d ago"


def lasting(ms: int) -> str:
    """How long, in one or two units: `25 min`, `2 h 10 min`, `3 d 4 h`."""
    minutes = max(0, ms) // 60_000
    days_, hours = minutes // 1440, minutes // 60 % 24
    if days_:
        return f"{days_} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def year(day: int) -> int:
    """`2026`."""
    return days.civil(day)[0]
