"""The weekly word at session start: what the plan would save.

The looking takes too long for a session's start: a process of its own does it, once a week, and
leaves the answer in the ledger; the next session says it, once (hot path: `line` and the spawn).
What was found in a part of the history is never said: it is looked at anew.
"""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.days import DAY_MS, iso
from cheaproute.ledger import meta
from cheaproute.money import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from cheaproute.plan.steps.propose import Plan

LOOKED, WORTH, TOLD = "plan.looked", "plan.worth", "told.plan"
_WEEK_MS = 7 * DAY_MS
_LEAST_DAYS = 3
_MONTH = 30
_LOOK = "from cheaproute.plan import reminder; reminder.look()"


def line(
    db: sqlite3.Connection,
    section: Mapping[str, object],
    now_ms: int,
    *,
    subscription: bool = False,
) -> str:
    """One line if the last look found more than `plan.nudge_usd` a month and nobody was told.

    It says the plan's low estimate of what it would have saved of the days that it looked at.

    Who pays by `subscription` saves list-price dollars: a part of what the plan lets them use.
    """
    found, least = meta.get(db, WORTH), section.get("nudge_usd")
    if not found or not isinstance(least, int | float):
        return ""
    if _growing(db, now_ms):
        return ""
    told, looked, past, held, than = (*found.split(":", 4), "", "", "", "")[:5]
    if not than or held != _held(db, int(past)):  # of another history, or an earlier version's
        forget(db)
        meta.put(db, LOOKED, "")
        return ""
    nano, days = int(told), int(looked)
    if nano * _MONTH < least * 1e9 * days or not meta.once_every(db, TOLD, _WEEK_MS, now_ms):
        return ""
    meta.put(db, WORTH, "")
    dollars = show(nano) + (" of list price" if subscription else "")
    return (
        f"Played again, your last {days} days to {iso(int(past) - 1)} would have cost {dollars}"
        f" less {than}, by the plan's low estimate: `cheaproute plan` shows where."
    )


def look_in_background(
    db: sqlite3.Connection, env: Mapping[str, str], section: Mapping[str, object], now_ms: int
) -> bool:
    """Start the week's look, if it is due and there are days to look at; whether it was started."""
    if not section.get("nudge_usd") or not _seasoned(db, now_ms) or _growing(db, now_ms):
        return False
    if not meta.once_every(db, LOOKED, _WEEK_MS, now_ms):
        return False
    from cheaproute.config.venv import spawn

    return spawn.start(env, _LOOK, paths.data_dir(env))


def look() -> None:
    """The background process: gather, look, note the worth; an error goes to the log."""
    import os
    import time

    from cheaproute import log

    try:
        if hasattr(os, "nice"):
            os.nice(10)
        worth(os.environ, int(time.time() * 1000))
    except Exception as error:  # noqa: BLE001 - nobody is there to be told
        log.write(os.environ, "plan.look", error)


def worth(env: Mapping[str, str], now_ms: int) -> int:
    """What the plan would have saved of the days it looks at, at least; noted with their number."""
    from contextlib import closing

    from cheaproute.config import reader
    from cheaproute.context import Surroundings
    from cheaproute.plan import look

    with closing(Surroundings(env)) as context:
        db, settings = context.db, context.settings
        span = look.span(db, reader.whole(settings, "plan.days"), now_ms)
        held = _held(db, span.past)  # what comes in meanwhile is not in the plan
        plan = look.plan(db, env, settings, span)
        stale = span.past <= now_ms // DAY_MS  # nothing was spent of late, so nothing is saved
        if stale:
            meta.put(db, WORTH, "")
            return 0
        return _note(db, plan, held)


def renew(db: sqlite3.Connection, plan: Plan) -> None:
    """What is not said yet is what the user was shown meanwhile."""
    if meta.get(db, WORTH):
        _note(db, plan, _held(db, plan.past))


def forget(db: sqlite3.Connection) -> None:
    """What is not said yet stays unsaid: other settings are in force now."""
    meta.put(db, WORTH, "")


def _note(db: sqlite3.Connection, plan: Plan, held: str) -> int:
    from cheaproute.plan import sums

    of = sums.Sums(plan.spent, plan.held_nano)
    found, than = max(0, *sums.net(of, plan.low)), sums.kept(of)
    meta.put(db, WORTH, f"{found}:{plan.past - plan.first}:{plan.past}:{held}:{than}")
    return found


def _held(db: sqlite3.Connection, past: int) -> str:
    """What the ledger has of the days before the last one, which goes on by itself."""
    sums = "SELECT coalesce(sum(calls), 0), coalesce(sum(cost_nano), 0) FROM daily WHERE day < ?"
    calls, nano = db.execute(sums, (past - 1,)).fetchone()
    return f"{calls}.{nano}"


def _growing(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether the history is still being read."""
    from cheaproute.ledger.query import coverage

    begun = bool(meta.get(db, coverage.SINCE_MS)) and not coverage.is_whole(db, now_ms)
    return begun or bool(meta.get(db, coverage.PROGRESS))


def _seasoned(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether the ledger reaches back some days."""
    row = db.execute("SELECT min(day) FROM daily WHERE calls > 0").fetchone()
    return row[0] is not None and now_ms // DAY_MS - row[0] >= _LEAST_DAYS
