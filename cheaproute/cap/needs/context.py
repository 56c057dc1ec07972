"""What a session's whole context costs once more, by what its last call carried."""

from __future__ import annotations

import sqlite3

from cheaproute.cap.fallback import unpriced
from cheaproute.ledger.module import left, loops
from cheaproute.ledger.schema import MAIN
from cheaproute.usage import prices as tables
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.prices import Prices

# Who reads an amount types it within this time: a cache that ends before is not counted on.
PERSON_MS = 600_000
_LAST = (
    "SELECT (SELECT name FROM model WHERE id = model), ts_ms, output,"
    " input + write_5m + write_1h + read, write_1h, write_5m + write_1h + read FROM call"
    " WHERE session = ? AND source = ? ORDER BY ts_ms DESC LIMIT 1"
)


def nano(
    db: sqlite3.Connection,
    session: int,
    now_ms: int,
    prices: Prices | None = None,
    within_ms: int = PERSON_MS,
) -> int:
    """What it costs in nano-dollars, with an answer like the last; 0 where nothing is known.

    The next prompt runs on the session's own model, whatever the last one ran on. A cache that ends
    `within_ms` is written anew.
    """
    loop = loops.read(db, session, "")
    if not loop.prompt_tokens:
        row = db.execute(_LAST, (session, MAIN)).fetchone()
        if row is None or not row[0]:
            return 0
        loop.ran, loop.last_ms, loop.output_tokens, loop.prompt_tokens = row[:4]
        loop.ttl_s = loops.lives_s(row[5], row[4])
    prices = prices or tables.load()
    own = loop.own if prices.of(loop.own) else loop.ran
    kept = left.by(db, session, "", loop, own, now_ms + within_ms)
    call = Call("", now_ms, own)
    call.output = loop.output_tokens
    if kept.warm(own, now_ms + within_ms):
        call.read = kept.prompt_tokens
    # The last answer is part of the next prompt.
    kept.keep(call, kept.tokens(loop.bytes, loop) - call.read + loop.output_tokens)
    return unpriced.counted(call, prices)
