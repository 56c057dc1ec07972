"""What version 1's months came to when the ledger was brought up to date, and come to by now.

It took all answers under one message id for one call, and read no sessions without hooks.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS, span
from cheaproute.ledger import meta
from cheaproute.ledger.schema import SINCE_DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_MONTH = "former.month:"
_UNTIL_MS = "former.until_ms"  # meta: the time of its last call
_NOW = (
    "SELECT coalesce((SELECT cost_nano FROM spent WHERE period = 'month:' || ?1), 0) - coalesce"
    "((SELECT sum(cost_nano) FROM call WHERE ts_ms > ?2 AND ts_ms < ?3), 0)"
)


def differing(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """`(month, then, now)`, nano-dollars, of months whose sums changed; what came later apart.

    Where calls that came later were dropped (`ledger.keep_days`), nobody can tell them apart.
    """
    until_ms = int(meta.get(db, _UNTIL_MS) or 0)
    dropped = int(meta.get(db, SINCE_DAY) or 0) * DAY_MS > until_ms
    kept = db.execute(
        "SELECT substr(key, ?2), CAST(value AS INTEGER) FROM meta WHERE key > ?1"
        " AND key < ?1 || 'a' ORDER BY key",
        (_MONTH, len(_MONTH) + 1),
    ).fetchall()
    found = []
    for month, then in kept:
        past_ms = span(month)[1] * DAY_MS
        if dropped and past_ms > until_ms:
            continue
        (now,) = db.execute(_NOW, (month, until_ms, past_ms)).fetchone()
        if now != then:
            found.append((month, then, now))
    return found
