"""What Claude Code itself says a session cost: the `cost-state` row at the end of each run."""

from __future__ import annotations

from cheaproute.days import parse_ms
from cheaproute.usage.prices import nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIELDS = (
    "inputTokens",
    "outputTokens",
    "cacheCreationEphemeral5mInputTokens",
    "cacheCreationEphemeral1hInputTokens",
    "cacheReadInputTokens",
    "webSearchRequests",
)


class CostState:
    """The running total of a session; `--resume` and forks go on counting from it.

    It bears no time: it was written at `at_ms`, the time of the row before it, or later, and before
    `until_ms`, that of the row after it (0: none yet). `start_ms` is when the counting began, and
    so the same in a session, its resumptions and its forks. `usage` is model -> (the six counts of
    `call.COUNTS`, then nano-dollars as the client prices them).
    """

    __slots__ = ("at_ms", "session", "start_ms", "until_ms", "usage")

    def __init__(
        self,
        session: str,
        at_ms: int,
        until_ms: int,
        start_ms: int,
        usage: dict[str, tuple[int, ...]],
    ) -> None:
        self.session = session
        self.at_ms = at_ms
        self.until_ms = until_ms
        self.start_ms = start_ms
        self.usage = usage


def parse(row: object, before: str, after: str, session: str) -> CostState | None:
    """The state a decoded `cost-state` row holds, with the timestamps before and after it.

    `session` stands in for a row that names none. None if the row is not of that shape.
    """
    if not isinstance(row, dict) or row.get("type") != "cost-state":
        return None
    by_model, start = row.get("modelUsage"), row.get("startTime")
    if not isinstance(by_model, dict):
        return None
    usage = {
        str(model): _counts(entry) for model, entry in by_model.items() if isinstance(entry, dict)
    }
    named = row.get("sessionId")
    return CostState(
        named if isinstance(named, str) and named else session,
        parse_ms(before),
        parse_ms(after),
        start if isinstance(start, int) else 0,
        usage,
    )


def _counts(entry: dict[str, Any]) -> tuple[int, ...]:
    counts = [value if type(value := entry.get(key)) is int else 0 for key in _FIELDS]
    written = entry.get("cacheCreationInputTokens")
    if type(written) is int:
        counts[2] = max(counts[2], written - counts[3])
    cost = entry.get("costUSD")
    return (*counts, nano(cost) if isinstance(cost, int | float) and 0 <= cost < 1e9 else 0)
