"""Thresholds of a cap, each said once in its period; and what looks like a runaway."""

from __future__ import annotations

from cheaproute.days import DAY_MS, HOUR_MS
from cheaproute.ledger import meta
from cheaproute.ledger.schema import MAIN
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State

_KEPT_MS = 400 * DAY_MS
# No threshold: what was before the limit is told of under it.
_BESIDES = 0
# An hour is told of when it is so far over the 99th percentile of this many at least, and dear.
_FAR, _HOURS_ENOUGH, _LEAST_NANO = 2, 20, 1_000_000_000
# A prompt of so many tokens that is so many times as long as the one before, both of late.
_LARGE_TOKENS, _SEVERAL, _RECENT_MS = 50_000, 3, 1_800_000


def cross(
    db: sqlite3.Connection,
    state: State,
    percents: Iterable[int],
    attended: Callable[[], bool] = lambda: True,
) -> tuple[Period, int] | None:
    """The highest threshold newly passed, of any cap; None if all that are passed were said.

    Those below it count as said with it. Of several sessions that pass it at once, one is told.
    What is told where it is not `attended` is still to be said where it is (see `unseen`).
    """
    passed = [
        (percent, period)
        for period in state.periods.values()
        for percent in sorted(set(percents))
        if period.limit and period.spent * 100 >= percent * period.limit
    ]
    if all(_said(db, period.key, percent) for percent, period in passed):
        return None
    sign = 1 if attended() else -1
    if sign < 0:
        passed = [one for one in passed if not _said(db, one[1].key, one[0])]
        if all(unseen(db, period.key, percent) for percent, period in passed):
            return None
    fresh = []
    with Immediate(db):
        for percent, period in passed:
            row = (period.key, sign * percent, state.now_ms)
            cursor = db.execute("INSERT OR IGNORE INTO alert VALUES(?, ?, ?)", row)
            if cursor.rowcount == 1:
                fresh.append((percent, period))
        db.execute("DELETE FROM alert WHERE ts_ms < ?", (state.now_ms - _KEPT_MS,))
    if not fresh:
        return None
    percent, period = max(fresh, key=lambda one: (one[0], one[1].share))
    return period, percent


def unseen(db: sqlite3.Connection, key: str, percent: int) -> bool:
    """Whether a threshold was told in a session that showed it to nobody."""
    return _said(db, key, -percent)


def first(db: sqlite3.Connection, key: str, now_ms: int) -> bool:
    """Whether it was never said of this period that more was spent before its limit was set."""
    if _said(db, key, _BESIDES):
        return False
    row = (key, _BESIDES, now_ms)
    return db.execute("INSERT OR IGNORE INTO alert VALUES(?, ?, ?)", row).rowcount == 1


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
        " WHERE session = ? AND source = ? AND ts_ms > ? ORDER BY ts_ms DESC LIMIT 2",
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


def _said(db: sqlite3.Connection, key: str, percent: int) -> bool:
    row = db.execute("SELECT 1 FROM alert WHERE period = ? AND percent = ?", (key, percent))
    return row.fetchone() is not None
