"""What was written while nothing of ours was there to read it: this month's transcripts, once more.

Run in the background at a session's start. It also makes up for hooks that were killed.
"""

from __future__ import annotations

import os

from cheaproute.client.transcript import reader
from cheaproute.ledger.ingest import history

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from cheaproute.usage.prices import Prices


def run(
    db: sqlite3.Connection, directory: str, since_ms: int, now_ms: int, prices: Prices
) -> list[tuple[str, str]]:
    """Count what the transcripts below `directory` gained; `(uuid, place)` of the sessions found.

    Only files written to since `since_ms` are looked at, and of them only what is new.
    """
    grown = [item for item in history.transcripts([directory]) if _grown(db, item[0], since_ms)]
    if not grown:
        return []
    uuids = {reader.session_of(path) for path, _ in grown} - {""}
    before = _spent(db, uuids)
    history.read(db, grown, now_ms, prices)
    after = _spent(db, uuids)
    return [
        (uuid, place)
        for uuid, (nano, place) in sorted(after.items())
        if nano > before.get(uuid, (0, ""))[0]
    ]


def _grown(db: sqlite3.Connection, path: str, since_ms: int) -> bool:
    try:
        if os.stat(path).st_mtime * 1000 < since_ms:
            return False
        return reader.grown(reader.load(db, path))
    except OSError:
        return False


def _spent(db: sqlite3.Connection, uuids: Collection[str]) -> dict[str, tuple[int, str]]:
    """What the ledger has of each session, nano-dollars, and the directory it ran in."""
    found = {}
    for uuid in uuids:
        row = db.execute(
            "SELECT coalesce(cost_nano, 0), coalesce(path, (SELECT at.path FROM call"
            " JOIN project AS at ON at.id = call.project WHERE call.session = session.id LIMIT 1),"
            " '') FROM session"
            " LEFT JOIN spent ON spent.period = 'session:' || session.id"
            " LEFT JOIN project ON project.id = session.project WHERE uuid = ?",
            (uuid,),
        ).fetchone()
        if row is not None:
            found[uuid] = (row[0], row[1])
    return found
