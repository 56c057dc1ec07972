"""What a session spent and nobody could write down: counted in memory, so that its cap holds.

Loaded only where the ledger cannot be written: a full disk, a read-only home, a lock that is held.
"""

from __future__ import annotations

import os

from cheaproute import days
from cheaproute.ledger import store
from cheaproute.ledger.ingest.ingest import meter
from cheaproute.ledger.schema import BY_REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices

# A transcript over this takes longer to read than a hook has.
_MOST_BYTES = 1 << 25


def nano(db: sqlite3.Connection, transcript: str, now_ms: int, prices: Prices) -> int:
    """What the calls cost that a session's transcripts tell of and `db` lacks."""
    if not transcript or os.stat(transcript).st_size > _MOST_BYTES:
        return 0
    memory = store.in_memory()
    meter(memory, transcript, now_ms, prices)
    # What is older was written down, or dropped again as the user wants it.
    recent = memory.execute(
        "SELECT id, request, cost_nano FROM call WHERE cost_nano > 0 AND ts_ms > ?",
        (now_ms - days.DAY_MS,),
    ).fetchall()
    memory.close()
    total = 0
    for identity, request, cost in recent:
        row = db.execute(
            f"SELECT max(cost_nano) FROM call WHERE id = ? OR ({BY_REQUEST})",  # noqa: S608
            (identity, request),
        ).fetchone()
        total += max(0, cost - (row[0] or 0))
    return int(total)
