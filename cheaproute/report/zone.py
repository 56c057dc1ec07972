"""Where a day begins for the person who reads: the machine's own time zone, UTC, or a named one."""

from __future__ import annotations

import time

from cheaproute import days

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import tzinfo


class Zone:
    """A time zone. `utc`: its days are those of the caps and of `--json`."""

    __slots__ = ("_info", "name", "utc")

    def __init__(self, name: str = "") -> None:
        """`name`: "" is the machine's own; one that this machine does not know is taken for it."""
        own = name.upper() != "UTC"
        self._info = _named(name) if own else None
        self.utc = self._info is None and not (own and (time.timezone or time.daylight))
        self.name = name if self._info else "UTC" if self.utc else "local time"

    def day_of(self, ms: int) -> int:
        """The day in which `ms` lies."""
        if self.utc:
            return days.day_of(ms)
        year, month, date = self._clock(ms)[:3]
        day = days.parse(f"{year:04d}-{month:02d}-{date:02d}")
        return days.day_of(ms) if day is None else day

    def start_ms(self, day: int) -> int:
        """When `day` begins."""
        if self.utc:
            return day * days.DAY_MS
        year, month, date = days.civil(day)
        try:
            if self._info is not None:
                from datetime import datetime

                return int(datetime(year, month, date, tzinfo=self._info).timestamp()) * 1000
            return int(time.mktime((year, month, date, 0, 0, 0, 0, 0, -1))) * 1000
        except (ValueError, OverflowError, OSError):
            return day * days.DAY_MS

    def stamp(self, ms: int) -> str:
        """`2026-11-22 15:30`."""
        year, month, date, hour, minute = self._clock(ms)[:5]
        return f"{year:04d}-{month:02d}-{date:02d} {hour:02d}:{minute:02d}"

    def clock(self, ms: int) -> str:
        """`15:30`."""
        return self.stamp(ms)[11:]

    def _clock(self, ms: int) -> tuple[int, ...]:
        if self.utc:
            return tuple(time.gmtime(ms / 1000))
        if self._info is not None:
            from datetime import datetime

            return tuple(datetime.fromtimestamp(ms / 1000, self._info).timetuple())
        return tuple(time.localtime(ms / 1000))


UTC = Zone("UTC")


def of(settings: Mapping[str, object]) -> Zone:
    """The user's: `report.timezone`, the machine's own where it is not set."""
    section = settings.get("report")
    name = section.get("timezone") if isinstance(section, dict) else ""
    return Zone(name if isinstance(name, str) else "")


def lived(db: sqlite3.Connection, where: Zone) -> tuple[int | None, int | None]:
    """The first and the last day, as `where` has them, of which the ledger has anything.

    None where it is empty.
    """
    if where.utc:
        from cheaproute.ledger.query import totals

        return totals.first_day(db), totals.last_day(db)
    from cheaproute.ledger.query import local

    return local.reach(db, where.day_of)


def wrong(name: str) -> str:
    """Why `name` is no time zone of this machine, and which may be meant; "" where it is one."""
    if name.upper() in ("", "UTC") or _named(name) is not None:
        return ""
    try:
        from zoneinfo import available_timezones

        known = sorted(available_timezones())
    except (ImportError, OSError):
        known = []
    meant = [one for one in known if one.rpartition("/")[2].lower() == name.strip().lower()]
    such = f": did you mean {' or '.join(meant[:3])}?" if meant else ""
    return f"this machine knows no such time zone{such or ' (Europe/Berlin, UTC)'}"


def _named(name: str) -> tzinfo | None:
    if not name:
        return None
    try:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    except (ImportError, OSError, ValueError, KeyError):  # one that is not found is a KeyError
        return None
