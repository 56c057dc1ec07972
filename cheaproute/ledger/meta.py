"""Small facts kept by name in the ledger."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def get(db: sqlite3.Connection, key: str) -> str:
    """What is kept under `key`, "" if nothing is."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else ""


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    """Keep `value` under `key`."""
    db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))


def once_every(db: sqlite3.Connection, key: str, every_ms: int, now_ms: int) -> bool:
    """Whether `key` is due again, and if so, note that it was done now; one of many asks wins.

    A time that lies ahead (the clock was set back) counts as due.
    """
    changed = db.execute(
        "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value"
        " WHERE CAST(value AS INTEGER) NOT BETWEEN ?2 - ?3 + 1 AND ?2",
        (key, now_ms, every_ms),
    )
    return changed.rowcount == 1
