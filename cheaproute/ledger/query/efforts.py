"""Whether a cached context is kept when the effort changes: by the user's own turns, either way.

What the API does with another effort is told differently by whoever tried. So nothing is believed
but the ledger: the first call after a change either found in the cache what the call before it left
there, or wrote it again. Reads single calls: at most once an hour.
"""

from __future__ import annotations

import json
from itertools import pairwise

from cheaproute.days import DAY_MS, HOUR_MS
from cheaproute.ledger import meta
from cheaproute.ledger.query import misses
from cheaproute.ledger.schema import MAIN, SUBAGENT, UNUSUAL_MODE
from cheaproute.usage.call import COUNTS, Call
from cheaproute.usage.models import LOW, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

# So many turns each way whose cached context was kept say something.
MANY = 20
# One in so many may have lost it: some caches go for reasons that no row tells.
_LOST = 20
# What is looked at: a request waits for it.
_LOOK_BACK_MS, _LATEST_LOOPS, _LATEST_CALLS = 90 * DAY_MS, 40, 300
# A context of fewer tokens says nothing.
_LEAST_TOKENS = 2 * misses.LEAST_TOKENS
_LOOKED, _FOUND = "efforts.looked", "efforts.found"


class Changes:
    """Of one model: how often the effort went `down` to low and `up` from it with the cache kept.

    `lost`: how often, either way, what was cached had to be written again.
    """

    __slots__ = ("down", "lost", "up")

    def __init__(self, down: int = 0, up: int = 0, lost: int = 0) -> None:
        self.down = down
        self.up = up
        self.lost = lost

    @property
    def keep(self) -> bool:
        """Whether the cache is kept for all that is known, and enough is."""
        return min(self.down, self.up) >= MANY and not self.lose

    @property
    def lose(self) -> bool:
        """Whether too many lost it, however many more are to come."""
        return self.lost * _LOST > max(2 * MANY, self.down + self.up + self.lost)


def of(db: sqlite3.Connection, model: str, now_ms: int) -> Changes:
    """The changes of `model` as last looked at, within the hour."""
    if meta.once_every(db, _LOOKED, HOUR_MS, now_ms):
        found = look(db, now_ms)
        told = {name: (one.down, one.up, one.lost) for name, one in found.items()}
        meta.put(db, _FOUND, json.dumps(told, sort_keys=True))
    kept = json.loads(meta.get(db, _FOUND) or "{}")
    return Changes(*kept.get(canonical(model), ()))


def look(db: sqlite3.Connection, now_ms: int) -> dict[str, Changes]:
    """The changes by model, of the latest loops in which anything ran at low effort."""
    found: dict[str, Changes] = {}
    latest = db.execute(
        f"SELECT session, agent FROM call WHERE {UNUSUAL_MODE} AND substr(mode, -4) = ',low'"  # noqa: S608
        " AND ts_ms >= ?"
        " AND session != 0 AND source IN (?, ?) ORDER BY ts_ms DESC LIMIT ?",
        (now_ms - _LOOK_BACK_MS, MAIN, SUBAGENT, _LATEST_CALLS),
    )
    models = dict(db.execute("SELECT id, name FROM model"))
    for session, agent in list(dict.fromkeys(latest.fetchall()))[:_LATEST_LOOPS]:
        compacted = [
            at
            for (at,) in db.execute(
                "SELECT ts_ms FROM turn WHERE session = ? AND kind = 'compact'", (session,)
            )
        ]
        calls = _calls(db, session, agent)
        for after, before in pairwise(calls):
            if (_low(before) or _low(after)) and before[2] != after[2]:
                _add(found, _call(before, models), _call(after, models), compacted)
    return found


def _calls(db: sqlite3.Connection, session: int, agent: str) -> list[tuple[Any, ...]]:
    """The loop's latest calls, backwards: time, model, mode, counts; one for each message."""
    rows = db.execute(
        f"SELECT ts_ms, model, mode, {', '.join(COUNTS)} FROM call"  # noqa: S608
        " WHERE session = ? AND agent = ? AND source IN (?, ?) AND instr(id, '#') = 0"
        " ORDER BY ts_ms DESC, id DESC LIMIT ?",
        (session, agent, MAIN, SUBAGENT, _LATEST_CALLS),
    )
    return rows.fetchall()


def _low(row: tuple[Any, ...]) -> bool:
    return str(row[2]).endswith("," + LOW)


def _call(row: tuple[Any, ...], models: dict[int, str]) -> Call:
    ts_ms, model, mode, *counts = row
    call = Call("", ts_ms, models.get(model, ""))
    call.mode = mode
    for name, count in zip(COUNTS, counts, strict=True):
        setattr(call, name, count)
    return call


def _add(found: dict[str, Changes], before: Call, call: Call, compacted: list[int]) -> None:
    """Take in what `call` says of a change, where it is one and nothing else could be why."""
    if misses.cached(before) < _LEAST_TOKENS:
        return
    if misses.reason(before, call, compacted) != "effort" or misses.is_late(before, call):
        return
    changes = found.setdefault(canonical(call.model), Changes())
    if misses.rewritten(before, call) >= misses.LEAST_TOKENS:
        changes.lost += 1
    elif call.effort == LOW:
        changes.down += 1
    else:
        changes.up += 1
