"""Calls that the client writes down nowhere, where no module tells of them: what a cap counts.

In an older client a compaction is one, a search or a page read for the model, and each step of a
hook of type `agent`. The books do not guess, but a cap that left them out would be passed by them.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger import meta
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

_KEY = "hidden."
_KEPT_MS = 90 * DAY_MS


def add(db: sqlite3.Connection, keys: Collection[str], nano: int, now_ms: int) -> None:
    """Take in such calls for `nano`, in the periods `keys`; less than 0: they were not made."""
    with Immediate(db):
        for key in keys:
            before = _amount(meta.get(db, _KEY + key))
            meta.put(db, _KEY + key, f"{max(0, before + nano)} {now_ms}")
        db.execute(
            "DELETE FROM meta WHERE key > ? AND key < ?"
            " AND CAST(substr(value, instr(value, ' ') + 1) AS INTEGER) < ?",
            (_KEY, _KEY + "~", now_ms - _KEPT_MS),
        )


def nano(db: sqlite3.Connection, keys: Collection[str]) -> dict[str, int]:
    """What such calls count as in the periods `keys`, nano-dollars by key."""
    marks = ", ".join("?" * len(keys))
    rows = db.execute(
        f"SELECT key, value FROM meta WHERE key IN ({marks})",  # noqa: S608
        [_KEY + key for key in keys],
    ).fetchall()
    return {key.removeprefix(_KEY): _amount(value) for key, value in rows}


def _amount(kept: str) -> int:
    nano = kept.partition(" ")[0]
    return int(nano) if nano.isdecimal() else 0
