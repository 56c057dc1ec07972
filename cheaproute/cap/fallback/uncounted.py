"""Sessions that a sum may lack: no transcript tells of them, or nothing of ours ran in them."""

from __future__ import annotations

from cheaproute import days

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# Why: it writes no transcript, so its calls are in no sum; or it was counted only afterwards.
NO_TRANSCRIPT, AFTERWARDS = "no transcript", "afterwards: "
_KEPT_MS = 400 * days.DAY_MS


class Session:
    """One of them: its uuid, the directory it ran in, why, and what of it is in the ledger."""

    __slots__ = ("nano", "place", "ts_ms", "uuid", "why")

    def __init__(self, uuid: str, place: str, why: str, ts_ms: int, nano: int) -> None:
        self.uuid = uuid
        self.place = place
        self.why = why
        self.ts_ms = ts_ms
        self.nano = nano

    @property
    def counted(self) -> bool:
        """Whether its calls are in the sums, though nothing could stop them."""
        return self.why != NO_TRANSCRIPT


def note(db: sqlite3.Connection, uuid: str, place: str, why: str, now_ms: int) -> None:
    """Keep that the session `uuid`, which runs in `place`, is one of them."""
    month = days.month_of(now_ms // days.DAY_MS)
    db.execute("DELETE FROM uncounted WHERE ts_ms < ?", (now_ms - _KEPT_MS,))
    db.execute(
        "INSERT OR REPLACE INTO uncounted(session, month, place, why, ts_ms) VALUES(?, ?, ?, ?, ?)",
        (uuid, month, place, why, now_ms),
    )


def known(db: sqlite3.Connection, uuid: str) -> bool:
    """Whether no transcript tells of the session."""
    row = db.execute("SELECT why FROM uncounted WHERE session = ?", (uuid,)).fetchone()
    return row is not None and row[0] == NO_TRANSCRIPT


def since(db: sqlite3.Connection, ts_ms: int) -> list[Session]:
    """Those noted since `ts_ms`, in the order of their times."""
    rows = db.execute(
        "SELECT uncounted.session, place, why, ts_ms, coalesce(cost_nano, 0) FROM uncounted"
        " LEFT JOIN session ON session.uuid = uncounted.session"
        " LEFT JOIN spent ON spent.period = 'session:' || session.id"
        " WHERE ts_ms >= ? ORDER BY ts_ms",
        (ts_ms,),
    )
    return [Session(*row) for row in rows]


def of_month(db: sqlite3.Connection, month: str) -> int:
    """How many sessions of `month` (YYYY-MM) no sum has: it is a lower bound if there is one."""
    row = db.execute(
        "SELECT count(*) FROM uncounted WHERE month = ? AND why = ?", (month, NO_TRANSCRIPT)
    ).fetchone()
    count: int = row[0]
    return count
