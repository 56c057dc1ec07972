"""What failed: what of it was not yet told to the user, and the models that rest for it."""

from __future__ import annotations

from cheaproute.days import DAY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

REST_MS = 600_000
# An account or gateway that has none of it (404) will hardly have it today. A cap's refusal looks
# like a 403: that alone says nothing of a model.
ABSENT_MS = DAY_MS
ABSENT = 404
_KEY = "rest."


class Untold:
    """What failed since this was last told: routed dispatches and digests.

    `runs` are the aliases the dispatches had been sent to; `late` of the digests took too long;
    they cost `nano` in vain.
    """

    __slots__ = ("digests", "late", "nano", "runs")

    def __init__(self, runs: list[str], digests: int = 0, late: int = 0, nano: int = 0) -> None:
        self.runs, self.digests, self.late, self.nano = runs, digests, late, nano


def untold(db: sqlite3.Connection, session: int, now_ms: int) -> Untold:
    """What failed of the session since this was last told: a cap's end of one is no failure.

    Asked where there is something to tell, it counts as told.
    """
    from cheaproute.ledger import bulk_reads  # of no use to who asks which model rests

    row = db.execute("SELECT told_ms FROM session WHERE id = ?", (session,)).fetchone()
    told = row[0] if row else 0
    failed = db.execute(
        "SELECT routed FROM dispatch WHERE session = ? AND routed != ''"
        " AND status IN ('empty', 'refused', 'error') AND ended_ms > ?",
        (session, told),
    )
    runs = [str(routed) for (routed,) in failed]
    digests, late, nano = db.execute(
        "SELECT count(*), coalesce(sum(outcome = ?), 0), coalesce(-sum(min(saved_nano, 0)), 0)"
        " FROM digest WHERE session = ? AND outcome LIKE 'failed:%' AND ts_ms > ?",
        (bulk_reads.FAILED + bulk_reads.TIMEOUT, session, told),
    ).fetchone()
    if runs or digests:
        db.execute("UPDATE session SET told_ms = ? WHERE id = ?", (now_ms, session))
    return Untold(runs, int(digests), int(late), int(nano))


def rest(db: sqlite3.Connection, model: str, now_ms: int, *, absent: bool = False) -> None:
    """Let `model` rest from now on: its requests would only be made twice (`absent`: longer)."""
    for_ms = ABSENT_MS if absent else REST_MS
    if _left_ms(db, model, now_ms) < for_ms:
        db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (_KEY + model, str(now_ms + for_ms)))


def rests(db: sqlite3.Connection, model: str, now_ms: int) -> bool:
    """Whether `model` failed lately."""
    return _left_ms(db, model, now_ms) > 0


def _left_ms(db: sqlite3.Connection, model: str, now_ms: int) -> int:
    """How long `model` still rests; 0 if it does not, or by a clock that was set back."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY + model,)).fetchone()
    left = int(row[0]) - now_ms if row else 0
    return left if 0 < left <= ABSENT_MS else 0


def resting(db: sqlite3.Connection, now_ms: int) -> dict[str, int]:
    """The models that rest now, for people to be told, and for how many milliseconds yet."""
    rows = db.execute("SELECT key, value FROM meta WHERE key GLOB 'rest.*' ORDER BY key")
    left = {key[len(_KEY) :]: int(value) - now_ms for key, value in rows}
    return {model: ms for model, ms in left.items() if 0 < ms <= ABSENT_MS}
