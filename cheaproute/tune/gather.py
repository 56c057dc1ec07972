"""Everything up to date, then the evidence: the one reader of transcripts at tune time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from cheaproute.ledger import spans, survey
from cheaproute.tune.evidence import Evidence
from cheaproute.tune.judge import Judge
from cheaproute.tune.load import load
from cheaproute.usage import prices
from cheaproute.usage.clock import DAY_MS

# Single tool uses and turns serve tuning only; older ones than this are dropped.
KEPT_DAYS = 120

Settings = Mapping[str, object]


def gather(
    db: sqlite3.Connection,
    days: int,
    now_ms: int,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Evidence:
    """The evidence of the last `days` days, what no hook noted read from the transcripts."""
    judge = Judge(_section(settings, "routing").get("caution"))
    paths = spans.transcripts(db, now_ms - days * DAY_MS)
    for number, path in enumerate(paths):
        progress(number, len(paths))
        survey.read(db, path, judge)
    survey.tally(db)
    survey.forget(db, now_ms - KEPT_DAYS * DAY_MS)
    return noted(db, days, now_ms, settings)


def noted(db: sqlite3.Connection, days: int, now_ms: int, settings: Settings) -> Evidence:
    """The evidence of the last `days` days as the ledger has it, without a look at transcripts."""
    sections = {name: _section(settings, name) for name in settings}
    own = _section(sections["prices"], "overrides")
    return load(db, days, now_ms, sections, prices.load(own))


def _section(settings: Settings, name: str) -> dict[str, object]:
    part = settings.get(name)
    return part if isinstance(part, dict) else {}
