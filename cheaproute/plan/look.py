"""The plan of some days, made anew only where something is new."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cheaproute.client import settings_edit
from cheaproute.config import changes
from cheaproute.days import DAY_MS
from cheaproute.errors import ConfigError
from cheaproute.ledger import meta
from cheaproute.ledger.query import rows
from cheaproute.plan import as_json
from cheaproute.plan.evidence.gather import gather, noted
from cheaproute.plan.steps import wording
from cheaproute.plan.steps.propose import Plan, propose
from cheaproute.usage import prices

_SEEN = "plan.seen"
_VERSION = 6

Settings = Mapping[str, object]


class Span(NamedTuple):
    """Whole UTC days: the first, and the first one after the last."""

    first: int
    past: int


def span(db: sqlite3.Connection, days: int, now_ms: int) -> Span:
    """The last `days` days; where they hold no call, as many up to the last that does."""
    past = now_ms // DAY_MS + 1
    row = db.execute("SELECT max(day) FROM daily WHERE calls > 0").fetchone()
    if row[0] is not None and row[0] < past - days:
        past = row[0] + 1
    return Span(past - days, past)


def plan(
    db: sqlite3.Connection,
    env: Mapping[str, str],
    settings: Settings,
    of: Span,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    transcripts: bool = True,
) -> Plan:
    """The plan of the days of `of`; the kept one, where nothing has changed since.

    `transcripts`: what no hook noted is read from them first.
    """
    client = in_force(env, settings)
    stamp = _stamp(db, settings, client, of)
    kept = meta.get(db, _SEEN).partition("\n")
    if kept[0] == stamp and (found := as_json.loads(kept[2])) is not None:
        return found
    days, now_ms = of.past - of.first, of.past * DAY_MS - 1
    if transcripts:
        evidence = gather(db, days, now_ms, settings, progress)
        stamp = _stamp(db, settings, client, of)
    else:
        evidence = noted(db, days, now_ms, settings)
    made = propose(evidence, client)
    if transcripts:
        meta.put(db, _SEEN, f"{stamp}\n{as_json.dumps(made)}")
    return made


def in_force(env: Mapping[str, str], settings: Settings) -> dict[str, object]:
    """Claude Code's settings of the user, and ours by dotted key; {} where unreadable."""
    try:
        content = json.loads((changes.read(settings_edit.file(env)) or b"{}").decode() or "{}")
    except (ValueError, ConfigError):
        content = {}
    found: dict[str, object] = dict(content) if isinstance(content, dict) else {}
    found[wording.CHOOSES] = importlib.util.find_spec("cheaproute.routing.main_loop") is not None
    for section in ("plan", "routing"):
        part = settings.get(section)
        if isinstance(part, dict):
            found.update({f"{section}.{key}": value for key, value in part.items()})
    return found


def names(db: sqlite3.Connection) -> dict[int, str]:
    """The sessions' own ids by their numbers."""
    return dict(db.execute("SELECT id, uuid FROM session"))


def _stamp(db: sqlite3.Connection, settings: Settings, client: Settings, of: Span) -> str:
    """What the plan hangs on, in short."""
    with open(prices.FILE, "rb") as file:
        table = file.read()
    told = json.dumps([_VERSION, of, rows.state(db), settings, client], default=str)
    return hashlib.sha256(told.encode() + table).hexdigest()
