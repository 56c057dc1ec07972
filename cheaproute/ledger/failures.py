"""What failed in a session and was not yet told to the user."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def untold(db: sqlite3.Connection, session: int, now_ms: int) -> tuple[int, int]:
    """How many routed dispatches and how many digests failed since this was last told.

    Asked where there is something to tell, it counts as told.
    """
    row = db.execute("SELECT told_ms FROM session WHERE id = ?", (session,)).fetchone()
    told = row[0] if row else 0
    runs, digests = db.execute(
        "SELECT (SELECT count(*) FROM dispatch WHERE session = ?1 AND routed != ''"
        " AND status IN ('empty', 'refused', 'error') AND ended_ms > ?2),"
        " (SELECT count(*) FROM digest WHERE session = ?1 AND outcome LIKE 'failed:%'"
        " AND ts_ms > ?2)",
        (session, told),
    ).fetchone()
    if runs or digests:
        db.execute("UPDATE session SET told_ms = ? WHERE id = ?", (now_ms, session))
    return int(runs), int(digests)
