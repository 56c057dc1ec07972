"""Everything up to date, then the evidence: the one reader of transcripts for the plan."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from cheaproute.days import DAY_MS
from cheaproute.ledger.ingest import activity
from cheaproute.ledger.query import totals
from cheaproute.ledger.upkeep import survey
from cheaproute.plan.evidence.load import load
from cheaproute.plan.evidence.records import Evidence
from cheaproute.routing.labels import Judge
from cheaproute.usage import prices

# Single tool uses and turns serve the plan only; those from so long before the last call go.
KEPT_DAYS = 400

Settings = Mapping[str, object]


def gather(
    db: sqlite3.Connection,
    days: int,
    now_ms: int,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Evidence:
    """The evidence of the last `days` days, what no hook noted read from the transcripts."""
    judge = Judge(_section(settings, "routing").get("max_unsafe"))
    survey.read(db, now_ms - days * DAY_MS, judge, progress)
    last = totals.last_day(db)
    if last is not None:
        activity.forget(db, (min(last, now_ms // DAY_MS) - KEPT_DAYS) * DAY_MS)
    return noted(db, days, now_ms, settings)


def noted(db: sqlite3.Connection, days: int, now_ms: int, settings: Settings) -> Evidence:
    """The evidence of the last `days` days as the ledger has it, without a look at transcripts."""
    sections = {name: _section(settings, name) for name in settings}
    own = _section(sections["prices"], "overrides")
    return load(db, days, now_ms, sections, prices.load(own))


def _section(settings: Settings, name: str) -> dict[str, object]:
    part = settings.get(name)
    return part if isinstance(part, dict) else {}
