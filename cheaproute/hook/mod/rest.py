"""A cheaper model that failed rests for a while: its requests would only be made twice."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

REST_MS = 600_000
_KEY = "rest."


def begin(db: sqlite3.Connection, model: str, now_ms: int) -> None:
    """Let `model` rest from now on."""
    db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (_KEY + model, str(now_ms)))


def rests(db: sqlite3.Connection, model: str, now_ms: int) -> bool:
    """Whether `model` failed within the last minutes."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY + model,)).fetchone()
    return row is not None and 0 <= now_ms - int(row[0]) < REST_MS
