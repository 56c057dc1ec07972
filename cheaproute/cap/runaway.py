"""What looks like a runaway, in numbers: the same again and again, a leap, a dear hour."""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger import meta
from cheaproute.ledger.schema import MAIN
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# An hour is told of when it is so far over the 99th percentile of this many at least, and dear.
_FAR, _HOURS_ENOUGH, _LEAST_NANO = 2, 20, 1_000_000_000
# A prompt of so many tokens that is so many times as long as the one before, both of late.
_LARGE_TOKENS, _SEVERAL, _RECENT_MS = 50_000, 3, 1_800_000


def repeated(db: sqlite3.Connection, loop: str, batch: int, spent_nano: int) -> tuple[int, int]:
    """How often in a row the loop has done just this, and what was spent since the first time.

    `batch` is a number made of the tools, what they were given and what came back.
    """
    key = f"repeated.{loop}"
    kept = meta.get(db, key).split()
    count, first_nano = 1, spent_nano
    if len(kept) == 3 and kept[0] == str(batch):
        count, first_nano = int(kept[1]) + 1, int(kept[2])
    with Immediate(db):
        meta.put(db, key, f"{batch} {count} {first_nano}")
    return count, max(0, spent_nano - first_nano)


def forget_repeated(db: sqlite3.Connection, session: str) -> None:
    """A turn is over: what its loops did is no matter any more."""
    first = f"repeated.{session}"
    db.execute("DELETE FROM meta WHERE key >= ? AND key < ?", (first, first + "~"))


def grew(db: sqlite3.Connection, session_id: int, now_ms: int) -> tuple[int, int] | None:
    """Prompt tokens of the main loop's last two calls, if the last has several times as many."""
    rows = db.execute(
        "SELECT input + write_5m + write_1h + read FROM call"
        " WHERE +session = ? AND source = ? AND ts_ms > ? ORDER BY ts_ms DESC LIMIT 2",
        (session_id, MAIN, now_ms - _RECENT_MS),
    ).fetchall()
    if len(rows) < 2 or rows[0][0] < _LARGE_TOKENS or rows[0][0] < _SEVERAL * rows[1][0]:
        return None
    return rows[1][0], rows[0][0]


def dear_hour(db: sqlite3.Connection, now_ms: int) -> tuple[int, int] | None:
    """This hour's spend and the user's own p99, if far over that; None until that is known."""
    hour = now_ms // HOUR_MS
    rows = db.execute("SELECT hour, cost_nano FROM hour_total").fetchall()
    before = sorted(nano for at, nano in rows if at != hour)
    this = next((nano for at, nano in rows if at == hour), 0)
    if len(before) < _HOURS_ENOUGH:
        return None
    usual = before[-(-len(before) * 99 // 100) - 1]
    return (this, usual) if this > max(_FAR * usual, _LEAST_NANO) else None
