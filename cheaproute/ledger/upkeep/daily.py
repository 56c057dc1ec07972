"""What the ledger needs once a day: prices that have come, calls that are past their time."""

from __future__ import annotations

from cheaproute.ledger.calls import retention
from cheaproute.ledger.client_totals import reprice

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices


def run(db: sqlite3.Connection, prices: Prices, keep_days: int, now_ms: int) -> None:
    """Price what can be priced now, drop calls older than `keep_days` days (0: none)."""
    reprice.price_unknown(db, prices)
    retention.drop(db, keep_days, now_ms)
