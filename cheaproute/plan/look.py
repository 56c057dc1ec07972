"""The plan of some days, made anew only where something is new."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from cheaproute.client import login, settings_edit
from cheaproute.client import settings as client_settings
from cheaproute.config import reader
from cheaproute.days import DAY_MS, iso
from cheaproute.ledger import meta
from cheaproute.ledger.query import coverage, rows, totals
from cheaproute.plan import as_json, reminder, standing
from cheaproute.plan.evidence import decided
from cheaproute.plan.evidence.gather import gather, noted
from cheaproute.plan.steps import propose as steps
from cheaproute.plan.steps.choice import Figures
from cheaproute.plan.steps.propose import Plan, propose
from cheaproute.plan.steps.step import Undone
from cheaproute.plan.sums import Sums
from cheaproute.usage import prices

_SEEN = "plan.seen"
_VERSION = 25
# The most that the plan looks back by itself.
MOST_DAYS = 400
# Days with calls; fewer say little of a month.
_FEW_DAYS = 2
_SHORT_DAYS = 7

Settings = Mapping[str, object]


class Span(NamedTuple):
    """Whole UTC days: the first, and the first one after the last."""

    first: int
    past: int


def span(db: sqlite3.Connection, days: int, now_ms: int) -> Span:
    """The last `days` days; where they hold no call, as many up to the last that does."""
    past = now_ms // DAY_MS + 1
    last = totals.last_day(db)
    if last is not None and last < past - days:
        past = last + 1
    return Span(past - days, past)


def why(db: sqlite3.Connection, of: Span, now_ms: int) -> str:
    """Why these days are looked at, or that they say little; "" where that goes without saying."""
    today = now_ms // DAY_MS
    if of.past <= today:
        last = totals.last_day(db)
        if last is not None and last >= of.past:
            return ""  # whoever asks for days that are over means them
        return f"no calls since {iso(of.past - 1)}: this looks back from then"
    if of.past - of.first <= _SHORT_DAYS:
        return ""  # whoever asks for few days means them
    used = sum(nano > 0 for nano in rows.by_day(db, of.first, of.past).values())
    before = max(rows.by_day(db, 0, of.first), default=None)
    if before is None or used > _FEW_DAYS:
        return ""
    many = min(MOST_DAYS, today - before + of.past - of.first)
    what = "of these days only one has calls" if used == 1 else f"only {used} of these have calls"
    return f"{what}, the last before them is {iso(before)}: `cheaproute plan --days {many}`"


def plan(
    db: sqlite3.Connection,
    env: Mapping[str, str],
    settings: Settings,
    of: Span,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    transcripts: bool = True,
    week_ms: int = 0,
) -> Plan:
    """The plan of the days of `of`; the kept one, where nothing has changed since.

    `transcripts`: what no hook noted is read from them first. `week_ms`: when the week began that
    the steps are looked at on besides; 0: none.
    """
    client = in_force(env, settings)
    stamp = _stamp(db, settings, client, (*of, week_ms))
    kept = meta.get(db, _SEEN).partition("\n")
    if kept[0] == stamp and (found := as_json.loads(kept[2])) is not None:
        _shown(db, settings, of, found)
        return found
    days, now_ms = of.past - of.first, of.past * DAY_MS - 1
    if transcripts:
        evidence = gather(db, days, now_ms, settings, progress)
        stamp = _stamp(db, settings, client, (*of, week_ms))
    else:
        evidence = noted(db, days, now_ms, settings)
    made = propose(evidence, client, week_ms)
    if transcripts:
        meta.put(db, _SEEN, f"{stamp}\n{as_json.dumps(made)}")
        _shown(db, settings, of, made)
    return made


def _shown(db: sqlite3.Connection, settings: Settings, of: Span, made: Plan) -> None:
    """The weekly line says what was shown last of the days that it is about."""
    if of.past - of.first == reader.whole(settings, "plan.days"):
        reminder.renew(db, made)


def sums(db: sqlite3.Connection, made: Plan, *, subscription: bool) -> Sums:
    """Of which sum it saves, by what the ledger lacks of its days."""
    lower = coverage.lower_of_days(db, made.first, made.past)
    return Sums(made.spent, made.held_nano, lower, subscription)


def together(
    db: sqlite3.Connection,
    env: Mapping[str, str],
    settings: Settings,
    of: Span,
    names: Sequence[str],
) -> tuple[Figures, Undone | None]:
    """Those steps of `plan` that are named, replayed as one; those of them that give more alone."""
    evidence = noted(db, of.past - of.first, of.past * DAY_MS - 1, settings)
    return steps.together(evidence, in_force(env, settings), names)


def without(
    db: sqlite3.Connection,
    env: Mapping[str, str],
    settings: Settings,
    of: Span,
    plan: Plan,
    model: str,
) -> tuple[int, int, int] | None:
    """`together` of the steps that do not need the one that is idle on `model`; None: no such."""
    idle = standing.idle(plan, model)
    names = [one.name for one in plan.steps if idle not in (one.name, *one.needs)]
    return together(db, env, settings, of, names)[0] if idle and names else None


def in_force(env: Mapping[str, str], settings: Settings) -> dict[str, object]:
    """Claude Code's settings of the user, and ours by dotted key; {} where unreadable."""
    state = client_settings.state(env)
    found = {key: state[key] for key in ("autoCompactEnabled",) if key in state}
    found |= {f"env.{name}": env[name] for name in decided.VARIABLES if env.get(name)}
    found |= settings_edit.flat(client_settings.user(env))
    # What an organization sets wins, whatever the user's file says; the strongest comes first.
    layers = takewhile(lambda one: one.name == "managed", client_settings.layers(env, ""))
    managed: dict[str, object] = {}
    for layer in reversed(list(layers)):
        managed |= settings_edit.flat(layer.content or {})
    found |= {**managed, decided.MANAGED: sorted(managed)}
    found[decided.BILLING] = login.kind(env, settings)
    for section in ("plan", "routing", "digest", "mod"):
        part = settings.get(section)
        if isinstance(part, dict):
            found.update({f"{section}.{key}": value for key, value in part.items()})
    return found


def session_uuids(db: sqlite3.Connection) -> dict[int, str]:
    """The sessions' own ids by their numbers."""
    return dict(db.execute("SELECT id, uuid FROM session"))


def _stamp(db: sqlite3.Connection, settings: Settings, client: Settings, of: Sequence[int]) -> str:
    """What the plan hangs on, in short."""
    with open(prices.FILE, "rb") as file:
        table = file.read()
    told = json.dumps([_VERSION, of, rows.state(db), settings, client], default=str)
    return hashlib.sha256(told.encode() + table).hexdigest()
