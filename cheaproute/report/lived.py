"""The days of which there is anything, as the person counts them who reads: what `all` is."""

from __future__ import annotations

from cheaproute.ledger.query import totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.report.zone import Zone


def days(db: sqlite3.Connection, zone: Zone) -> tuple[int | None, int | None]:
    """The first and the last of them, days of `zone`; None in an empty ledger."""
    if zone.utc:
        return totals.first_day(db), totals.last_day(db)
    from cheaproute.ledger.query import local

    return local.reach(db, zone.day_of)
