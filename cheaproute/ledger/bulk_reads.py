"""Bulk reads and what became of them (table `digest`). No path and no text is kept."""

from __future__ import annotations

from cheaproute.ledger.schema import DELEGATED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

# digest.outcome: the digest stood in for the file; or `kept:<why>`, the file was left as it is by
# a gate; or `failed:<what>`, a digest was tried in vain.
MADE = "made"
KEPT, FAILED = "kept:", "failed:"
TIMEOUT = "timeout"
# After a failure the next bulk reads are left alone for so long: who waits twice for the same API?
# Longer where somebody has waited for it in vain.
PAUSE_MS, LATE_PAUSE_MS = 60_000, 600_000


def key(session: str, path: str) -> str:
    """What stands for `path` in session `session` (its uuid); tells nothing of either."""
    import zlib  # a library to load, of use at a read alone

    return f"{zlib.crc32(path.encode('utf-8', 'surrogatepass'), zlib.crc32(session.encode())):08x}"


def seen(db: sqlite3.Connection, session: int, path_hash: str) -> bool:
    """Whether this file was read before in this session."""
    found = db.execute(
        "SELECT 1 FROM digest WHERE session = ? AND path_hash = ? LIMIT 1", (session, path_hash)
    )
    return found.fetchone() is not None


def pausing(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether the last digest tried failed a short time ago, in whatever session."""
    row = db.execute("SELECT ts_ms, outcome FROM digest ORDER BY id DESC LIMIT 1").fetchone()
    if not row or not row[1].startswith(FAILED):
        return False
    pause_ms = LATE_PAUSE_MS if row[1] == FAILED + TIMEOUT else PAUSE_MS
    return bool(0 <= now_ms - row[0] < pause_ms)


def note(
    db: sqlite3.Connection,
    *,
    session: int,
    path_hash: str,
    size: int,
    outcome: str,
    now_ms: int,
    call: str = "",
    saved_nano: int = 0,
) -> None:
    """Keep what became of a read of `size` bytes; its saving is booked on `call`, too."""
    with Immediate(db):
        db.execute(
            "INSERT INTO digest(ts_ms, session, path_hash, bytes, outcome, call, saved_nano)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            (now_ms, session, path_hash, size, outcome, call, saved_nano),
        )
        if call and saved_nano:
            db.execute("UPDATE call SET saved_nano = ? WHERE id = ?", (saved_nano, call))


def left(db: sqlite3.Connection, session: int, since_ms: int) -> tuple[str, int]:
    """Of a digest given up: a call it sent and nobody heard of, "" if none; what all of them cost.

    Nano-dollars, estimated.
    """
    from cheaproute.usage.call import ESTIMATED  # seldom

    found = db.execute(
        "SELECT coalesce(min(id), ''), coalesce(sum(cost_nano), 0) FROM call WHERE session = ?"
        " AND source = ? AND (final = 0 OR estimated = ?) AND ts_ms >= ?",
        (session, DELEGATED, ESTIMATED, since_ms),
    ).fetchone()
    return str(found[0]), int(found[1])


def counts(db: sqlite3.Connection, since_ms: int) -> list[tuple[str, int, int]]:
    """(outcome, how many, bytes) since `since_ms`, the most frequent first."""
    rows: Iterable[tuple[str, int, int]] = db.execute(
        "SELECT outcome, count(*), sum(bytes) FROM digest WHERE ts_ms >= ?"
        " GROUP BY outcome ORDER BY count(*) DESC, outcome",
        (since_ms,),
    )
    return list(rows)
