"""Whether a sum is a lower bound, marked `≥`: one rule for all that shows sums (hot path)."""

from __future__ import annotations

from cheaproute.days import span

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# One call in so many may lack its final row.
OPEN = 200


def is_lower(open_calls: int, calls: int) -> bool:
    """Whether more than one call in 200 lacks its final row."""
    return open_calls * OPEN > calls


def of_key(db: sqlite3.Connection, key: str) -> bool:
    """Whether the sum kept under `key` (`month:2026-11`, `day:20414`, `session:17`) is one."""
    kind, _, name = key.partition(":")
    if kind == "session":
        row = db.execute(
            "SELECT coalesce(sum(final = 0), 0), count(*) FROM call WHERE session = ?", (int(name),)
        ).fetchone()
    else:
        first, past = span(name) if kind == "month" else (int(name), int(name) + 1)
        row = db.execute(
            "SELECT coalesce(sum(partial), 0), coalesce(sum(calls), 0) FROM daily"
            " WHERE day >= ? AND day < ?",
            (first, past),
        ).fetchone()
    return is_lower(*row)
