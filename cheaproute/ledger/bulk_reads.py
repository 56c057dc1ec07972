"""Bulk reads and what became of them (table `digest`). No path and no text is kept."""

from __future__ import annotations

from cheaproute.ledger.schema import DELEGATED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

# digest.outcome: the digest stood in for the file; or `kept:<why>`, the file was left as it is by
# a gate; or `failed:<what>`, a digest was tried in vain. `WHOLE`: it was read whole after a digest.
MADE = "made"
KEPT, FAILED = "kept:", "failed:"
TIMEOUT = "timeout"
WHOLE = f"{KEPT}whole"
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


def stands_in(
    db: sqlite3.Connection, uuid: str, agent: str, path_hash: str, nano: int, now_ms: int
) -> None:
    """Keep that a digest worth `nano` stands for this file in the context of `agent` ("": main)."""
    if nano > 0:
        what = f"{_context(agent, path_hash)}{nano}"
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", (uuid, what, now_ms))


def made_ms(db: sqlite3.Connection, uuid: str, agent: str, path_hash: str) -> int:
    """When a digest came to stand for this file in that context; 0 where none does."""
    found = _standing(db, uuid, agent, path_hash)
    return found[1] if found else 0


def take_back(
    db: sqlite3.Connection, session: int, uuid: str, agent: str, path_hash: str, now_ms: int
) -> None:
    """The file is in that context after all: its digest is worth nothing, once; its cost stays."""
    with Immediate(db):
        found = _standing(db, uuid, agent, path_hash)
        if found is None:
            return
        db.execute("DELETE FROM told WHERE session = ? AND what = ?", (uuid, found[0]))
        nano = int(found[0].rpartition(" ")[2])
        row = db.execute(
            "SELECT call, bytes FROM digest WHERE session = ? AND path_hash = ? AND outcome = ?"
            " ORDER BY id DESC LIMIT 1",
            (session, path_hash, MADE),
        ).fetchone()
        if row is None:
            return
        db.execute(
            "INSERT INTO digest(ts_ms, session, path_hash, bytes, outcome, call, saved_nano)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            (now_ms, session, path_hash, row[1], WHOLE, row[0], -nano),
        )
        db.execute("UPDATE call SET saved_nano = saved_nano - ? WHERE id = ?", (nano, row[0]))


def _standing(
    db: sqlite3.Connection, uuid: str, agent: str, path_hash: str
) -> tuple[str, int] | None:
    head = _context(agent, path_hash)
    row: tuple[str, int] | None = db.execute(
        "SELECT what, ts_ms FROM told WHERE session = ?1 AND substr(what, 1, length(?2)) = ?2",
        (uuid, head),
    ).fetchone()
    return row


def _context(agent: str, path_hash: str) -> str:
    return f"digest {path_hash} {agent or '-'} "


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
