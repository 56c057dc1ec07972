"""What Haiku said of a task, by the task's fingerprint, so that the same is not asked twice."""

from __future__ import annotations

from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

PURPOSE = "reader"
# The client's word for any call that a module asks it for.
UNNAMED = "plugin_model_complete"
_KEY, _COUNTS = "reader.", "reader-counts."
# What was booked by its answer waits so long for the client's record, which older ones never make.
_WAIT_MS = 600_000


def read(db: sqlite3.Connection, task: str) -> str:
    """The two words that were kept for the task of this fingerprint, "" if there are none."""
    return meta.get(db, _KEY + task) if task else ""


def save(db: sqlite3.Connection, task: str, said: str) -> None:
    """Keep two words of ours for the task; a task without words is not kept."""
    if task:
        meta.put(db, _KEY + task, said)


def name(db: sqlite3.Connection, session: int, counts: tuple[int, int, int, int]) -> bool:
    """Name the booked call of these counts: input, output, written, read; False if none is."""
    named = db.execute(
        "UPDATE call SET purpose = ? WHERE id = (SELECT id FROM call WHERE session = ?"
        " AND purpose = ? AND input = ? AND output = ? AND write_5m + write_1h = ? AND read = ?"
        " ORDER BY ts_ms DESC LIMIT 1)",
        (PURPOSE, session, UNNAMED, *counts),
    )
    return named.rowcount > 0


def expect(
    db: sqlite3.Connection,
    session: int,
    counts: tuple[int, int, int, int],
    call: str,
    now_ms: int,
) -> None:
    """`call`, of these counts, was booked by its answer: a record of the client's is the same call.

    Agents side by side may ask with the same counts: each call waits for a record of its own.
    """
    meta.put(db, _key(session, counts) + call, str(now_ms))


def is_booked(
    db: sqlite3.Connection, session: int, counts: tuple[int, int, int, int], now_ms: int
) -> bool:
    """Whether a record of these counts is of a call that `expect` told of; true once for each."""
    key = _key(session, counts)
    gone = db.execute(
        "DELETE FROM meta WHERE key = (SELECT key FROM meta WHERE substr(key, 1, ?2) = ?1"
        " AND key >= ?1 AND CAST(value AS INTEGER) > ?3 ORDER BY key LIMIT 1)",
        (key, len(key), now_ms - _WAIT_MS),
    )
    return gone.rowcount > 0


def _key(session: int, counts: tuple[int, int, int, int]) -> str:
    return f"{_COUNTS}{session}.{'.'.join(map(str, counts))}."
