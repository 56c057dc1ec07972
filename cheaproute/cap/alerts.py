"""Thresholds of a cap: each said once in its period, by whichever session comes first."""

from __future__ import annotations

from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from cheaproute.cap.state import Period, State

_KEPT_MS = 400 * 86_400_000


def cross(
    db: sqlite3.Connection, state: State, percents: Iterable[int]
) -> tuple[Period, int] | None:
    """The highest threshold newly passed, of any cap; None if all that are passed were said.

    Those below it count as said with it. Of several sessions that pass it at once, one is told.
    """
    passed = [
        (percent, period)
        for period in state.periods.values()
        for percent in sorted(set(percents))
        if period.limit and period.spent * 100 >= percent * period.limit
    ]
    if all(_said(db, period.key, percent) for percent, period in passed):
        return None
    fresh = []
    with Immediate(db):
        for percent, period in passed:
            cursor = db.execute(
                "INSERT OR IGNORE INTO alert VALUES(?, ?, ?)", (period.key, percent, state.now_ms)
            )
            if cursor.rowcount == 1:
                fresh.append((percent, period))
        db.execute("DELETE FROM alert WHERE ts_ms < ?", (state.now_ms - _KEPT_MS,))
    if not fresh:
        return None
    percent, period = max(fresh, key=lambda one: (one[0], one[1].share))
    return period, percent


def sequence(text: str, env: Mapping[str, str]) -> str:
    """A hook's `terminalSequence` that shows `text` as a desktop notification.

    OSC 777 for the terminals that know nothing else, OSC 9 for all others; one that knows neither
    shows nothing. A body of OSC 9 must not begin with a digit (that is ConEmu's progress bar); the
    tag in front sees to that.
    """
    clean = "".join(c if c.isprintable() else " " for c in text).replace(";", ",")
    if env.get("VTE_VERSION") or env.get("TERM", "").startswith(("rxvt", "foot")):
        return f"\x1b]777;notify;cheaproute;{clean}\x07"
    return f"\x1b]9;{clean}\x07"


def run(command: list[str], text: str) -> None:
    """Start the user's alert command, `text` as its last argument; without a shell, not waited for.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess

    child = subprocess.Popen(
        [*command, text],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )
    child.returncode = 0  # nobody waits for it; Popen need not complain about that


def _said(db: sqlite3.Connection, key: str, percent: int) -> bool:
    row = db.execute("SELECT 1 FROM alert WHERE period = ? AND percent = ?", (key, percent))
    return row.fetchone() is not None
