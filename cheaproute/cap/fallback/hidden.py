"""Calls that the client writes down nowhere, where no module tells of them: what a cap counts.

In an older client a compaction is one, a search or a page read for the model, and each step of a
hook of type `agent`. The books do not guess, but a cap that left them out would be passed by them.
So they count, too, what an answer is cheaper for calling itself a batch: no client asks for one.
"""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger import meta
from cheaproute.ledger.schema import BATCHES
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage import prices

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

_KEY = "hidden."
_KEPT_MS = 90 * days.DAY_MS
_OF = {"month": "ts_ms >= ?", "day": "ts_ms >= ?", "session": "session = ?"}


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
    found = {key.removeprefix(_KEY): _amount(value) for key, value in rows}
    if meta.get(db, BATCHES):
        for key in keys:
            found[key] = found.get(key, 0) + _off(db, key)
    return found


def _off(db: sqlite3.Connection, key: str) -> int:
    """What the answers of a period that call themselves a batch were cheaper for that."""
    name, _, of = key.partition(":")
    bound: int | str = of
    if name != "session":
        day = days.span(of)[0] if name == "month" else int(of)
        bound = day * days.DAY_MS
    said = f"SELECT sum(cost_nano) FROM call WHERE mode LIKE '%,batch%' AND {_OF[name]}"  # noqa: S608
    (cost,) = db.execute(said, (bound,)).fetchone()
    percent = prices.load().batch_percent
    return int(cost or 0) * (100 - percent) // percent


def _amount(kept: str) -> int:
    nano = kept.partition(" ")[0]
    return int(nano) if nano.isdecimal() else 0
