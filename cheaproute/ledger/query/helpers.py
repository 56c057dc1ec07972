"""The client's helpers by what they were for, as its own word for each call says."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> list[tuple[str, int, int]]:
    """(the client's word, calls, nano-dollars) of a span, the dearest first."""
    rows = db.execute(
        "SELECT purpose, count(*), coalesce(sum(cost_nano), 0) AS nano FROM call"
        " WHERE source = 5 AND ts_ms >= ? AND ts_ms < ?"
        " GROUP BY purpose ORDER BY nano DESC, purpose",
        (first_ms, past_ms),
    )
    return [(str(purpose), calls, nano) for purpose, calls, nano in rows]
