"""How far back it was read what sessions did beside their calls: prompts, compactions, agents."""

from __future__ import annotations

from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_SINCE_MS = "history.activity_ms"


def note(db: sqlite3.Connection, since_ms: int) -> None:
    """Note that all of it was read, back to `since_ms`."""
    if not is_read(db, since_ms):
        meta.put(db, _SINCE_MS, str(since_ms))


def is_read(db: sqlite3.Connection, since_ms: int) -> bool:
    """Whether it was, back to `since_ms`: else not all compactions and subagents are known."""
    known = meta.get(db, _SINCE_MS)
    return bool(known) and int(known) <= since_ms
