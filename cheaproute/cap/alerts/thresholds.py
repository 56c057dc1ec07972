"""The thresholds of a cap, each said once in its period."""

from __future__ import annotations

from cheaproute.days import DAY_MS
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


def cross(
    db: sqlite3.Connection,
    state: State,
    percents: Iterable[int],
    attended: Callable[[], bool] = lambda: True,
) -> list[tuple[Period, int]]:
    """The highest threshold newly passed of each cap; none if all that are passed were said.

    Those below it count as said with it. Of several sessions that pass it at once, one is told.
    What is told where it is not `attended` is still to be said where it is (see `unseen`).
    """
    passed = [
        (period, percent)
        for period in state.periods.values()
        for percent in sorted(set(percents))
        if period.limit and period.spent * 100 >= percent * period.limit
    ]
    if all(_said(db, period.key, percent) for period, percent in passed):
        return []
    sign = 1 if attended() else -1
    if sign < 0:
        passed = [one for one in passed if not _said(db, one[0].key, one[1])]
        if all(unseen(db, period.key, percent) for period, percent in passed):
            return []
    fresh: dict[Period, int] = {}
    with Immediate(db):
        for period, percent in passed:  # of each period the highest is the last
            row = (period.key, sign * percent, state.now_ms)
            cursor = db.execute("INSERT OR IGNORE INTO alert VALUES(?, ?, ?)", row)
            if cursor.rowcount == 1:
                fresh[period] = percent
        db.execute("DELETE FROM alert WHERE ts_ms < ?", (state.now_ms - _KEPT_MS,))
    return list(fresh.items())


def unseen(db: sqlite3.Connection, key: str, percent: int) -> bool:
    """Whether a threshold was told in a session that showed it to nobody."""
    return _said(db, key, -percent)


def first(db: sqlite3.Connection, key: str, now_ms: int) -> bool:
    """Whether it was never said of this period that more was spent before its limit was set."""
    if _said(db, key, _BESIDES):
        return False
    row = (key, _BESIDES, now_ms)
    return db.execute("INSERT OR IGNORE INTO alert VALUES(?, ?, ?)", row).rowcount == 1


def _said(db: sqlite3.Connection, key: str, percent: int) -> bool:
    row = db.execute("SELECT 1 FROM alert WHERE period = ? AND percent = ?", (key, percent))
    return row.fetchone() is not None
