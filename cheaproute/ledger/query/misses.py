"""Cache misses: calls that wrote again a context that had been cached, why, and what that cost.

A loop's call finds in the cache what the call before it read and wrote. What it writes instead,
although it was there, is a miss. Reads the single calls of a span: cold.
"""

from __future__ import annotations

from itertools import groupby

from cheaproute.days import DAY_MS, HOUR_MS
from cheaproute.ledger.query import rows
from cheaproute.usage.cache import FIVE_MINUTES_MS
from cheaproute.usage.models import canonical
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# Why, in the order in which they are looked for: the context was compacted, another model answered,
# it ran in another mode (fast, another place) or with another effort, the cache had run out, the
# prefix changed in part (an instruction file, a tool), or was gone for a reason that no row tells.
REASONS = ("compaction", "model", "mode", "effort", "idle", "changed", "unknown")
# Fewer tokens than this are no miss: the client moves its marks.
LEAST_TOKENS = 2048
# A prompt that shrank to less than this part of the one before was compacted.
_COMPACTED = 0.5


class Miss:
    """One call that wrote `tokens` again, for `cost_nano` more than reading them (None: unknown).

    `agent` is the subagent's id, "" in the main loop; `idle_ms` the time since the call before.
    """

    __slots__ = (
        "agent", "cost_nano", "idle_ms", "model", "project", "session", "tokens", "ts_ms", "why",
    )  # fmt: skip

    def __init__(
        self, call: Call, session: str, project: str, *, why: str, tokens: int, idle_ms: int
    ) -> None:
        self.ts_ms = call.ts_ms
        self.model = call.model
        self.agent = call.agent
        self.session = session
        self.project = project
        self.why = why
        self.tokens = tokens
        self.idle_ms = idle_ms
        self.cost_nano: int | None = None

    @property
    def day(self) -> int:
        """The UTC day of the call."""
        return self.ts_ms // DAY_MS


def of(
    db: sqlite3.Connection, first: int, past: int, prices: Prices, *, project: str = ""
) -> list[Miss]:
    """The misses of the days `first` to before `past`, oldest first.

    `project` keeps those of one project and the directories below it.
    """
    uuids = dict(db.execute("SELECT id, uuid FROM session"))
    compacted: dict[int, list[int]] = {}
    for session, at in db.execute(
        "SELECT session, ts_ms FROM turn WHERE kind = 'compact' AND ts_ms >= ? AND ts_ms < ?",
        ((first - 1) * DAY_MS, past * DAY_MS),
    ):
        compacted.setdefault(session, []).append(at)
    below = (project, project + "/", project + "\\")
    loops: dict[tuple[int, str], list[tuple[Call, str]]] = {}
    # From a day before: the first call of a span has one before it, too.
    for call, _, source, session, place in rows.calls(db, first - 1, past):
        if source in ("main", "subagent") and session and not call.id.partition("#")[2]:
            kept = not project or place == below[0] or place.startswith(below[1:])
            if kept and sum(call.prompt()) > 0:
                loops.setdefault((session, call.agent), []).append((call, place))
    found = [
        miss
        for (session, _), calls in loops.items()
        for miss in _of_loop(calls, uuids.get(session, ""), compacted.get(session, []), prices)
        if miss.day >= first
    ]
    return sorted(found, key=lambda miss: (miss.ts_ms, miss.session))


def sums(misses: Iterable[Miss], key: str) -> list[tuple[str, int, int, int]]:
    """By `day`, `session`, `why`, `model` or `project`: (group, misses, tokens, nano-dollars).

    The dearest first, days in order; what has no known price counts nothing.
    """
    ordered = sorted(misses, key=lambda miss: str(getattr(miss, key)))
    groups = []
    for name, group in groupby(ordered, key=lambda miss: str(getattr(miss, key))):
        kept = list(group)
        tokens = sum(miss.tokens for miss in kept)
        groups.append((name, len(kept), tokens, sum(miss.cost_nano or 0 for miss in kept)))
    return groups if key == "day" else sorted(groups, key=lambda row: (-row[3], row[0]))


def _of_loop(
    calls: list[tuple[Call, str]], session: str, compacted: list[int], prices: Prices
) -> Iterable[Miss]:
    before: Call | None = None
    for call, place in calls:
        if before is not None:
            tokens = rewritten(before, call)
            if tokens >= LEAST_TOKENS:
                why = reason(before, call, compacted)
                idle_ms = call.ts_ms - before.ts_ms
                miss = Miss(call, session, place, why=why, tokens=tokens, idle_ms=idle_ms)
                miss.cost_nano = _more(call, tokens, prices)
                yield miss
        before = call


def rewritten(before: Call, call: Call) -> int:
    """How much of what `before` left in the cache `call`, the next of its loop, wrote again."""
    return min(cached(before) - call.read, call.write_5m + call.write_1h)


def cached(call: Call) -> int:
    """How many tokens are in the cache after `call`."""
    return call.read + call.write_5m + call.write_1h


def reason(before: Call, call: Call, compacted: list[int]) -> str:
    """The first reason that the two calls show for what was written again."""
    shrank = sum(call.prompt()) < _COMPACTED * sum(before.prompt())
    if shrank or any(before.ts_ms <= at <= call.ts_ms for at in compacted):
        return "compaction"
    if canonical(before.model) != canonical(call.model):
        return "model"
    if (before.speed, before.geo) != (call.speed, call.geo):
        return "mode"
    if before.effort and call.effort and before.effort != call.effort:
        return "effort"
    if is_late(before, call):
        return "idle"
    return "changed" if call.read else "unknown"


def is_late(before: Call, call: Call) -> bool:
    """Whether the cache that `before` left had run out by `call`."""
    lived_ms = HOUR_MS if before.write_1h or call.write_1h else FIVE_MINUTES_MS
    return call.ts_ms - before.ts_ms > lived_ms


def _more(call: Call, tokens: int, prices: Prices) -> int | None:
    """What writing `tokens` cost beyond reading them; None if the price is unknown."""
    short = min(tokens, call.write_5m)
    found = call.replace(
        write_5m=call.write_5m - short,
        write_1h=call.write_1h - (tokens - short),
        read=call.read + tokens,
        parts=(),
    )
    paid, hit = cost_nano(call.replace(parts=()), prices), cost_nano(found, prices)
    return None if paid is None or hit is None else max(0, paid - hit)
