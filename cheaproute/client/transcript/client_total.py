"""What Claude Code itself says a session cost: the `cost-state` row at the end of each run."""

from __future__ import annotations

from cheaproute.client.transcript import rows
from cheaproute.money import NANO
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FIELDS = (
    "inputTokens",
    "outputTokens",
    "cacheCreationEphemeral5mInputTokens",
    "cacheCreationEphemeral1hInputTokens",
    "cacheReadInputTokens",
    "webSearchRequests",
)

# A session's total is below these: a day's work of a hundred agents is not near them.
_MOST_TOKENS = 1_000_000_000_000
_MOST_USD = 1_000_000
_MOST_MS = 4_102_444_800_000


class CostState:
    """The running total of a session; `--resume` and forks go on counting from it.

    It bears no time: it was written after the row of `before_ms` and before that of `after_ms` (0:
    no such row is known); by the client's clock of the session it was made at `ended_ms` (0: it
    does not say). `start_ms` is when the counting began, and so the same in a session, its
    resumptions and its forks. `usage` is model -> (the six counts of `call.COUNTS`, then
    nano-dollars as the client prices them, then 1 if it does not split cache writes by lifetime).
    `compacted_ms`: when the conversation was compacted since the total before it.
    """

    __slots__ = (
        "after_ms", "before_ms", "compacted_ms", "ended_ms", "place", "run_ms", "session",
        "start_ms", "usage",
    )  # fmt: skip

    def __init__(
        self,
        session: str,
        before_ms: int,
        after_ms: int,
        start_ms: int,
        usage: dict[str, tuple[int, ...]],
    ) -> None:
        self.session = session
        self.before_ms = before_ms
        self.after_ms = after_ms
        self.start_ms = start_ms
        self.ended_ms = 0
        self.usage = usage
        self.place = 0
        self.run_ms = 0
        self.compacted_ms: list[int] = []


def parse(row: object, before_ms: int, after_ms: int, session: str) -> CostState | None:
    """The state a decoded `cost-state` row holds, with the times before and after it.

    `session` stands in for a row that names none. None if the row is not of that shape.

    Raises:
        ValueError: a number in it is none that a client counts.
    """
    if not isinstance(row, dict) or row.get("type") != "cost-state":
        return None
    by_model, start = row.get("modelUsage"), _number(row.get("startTime"), _MOST_MS)
    if not isinstance(by_model, dict):
        return None
    lasted_ms = _number(row.get("totalDuration"), _MOST_MS)
    usage = {
        storable(model): _counts(entry)
        for model, entry in by_model.items()
        if isinstance(entry, dict)
    }
    named = row.get("sessionId")
    state = CostState(
        storable(named) if isinstance(named, str) and named else session,
        before_ms,
        after_ms,
        start,
        usage,
    )
    state.ended_ms = start + lasted_ms if start and lasted_ms else 0
    return state


def read(
    data: bytes,
    starts: list[int],
    session: str,
    beside: Callable[[int, int], tuple[int, int]],
    skipped: list[tuple[int, str]],
) -> list[CostState]:
    """The totals in the lines that begin at `starts`; those that cannot be read go to `skipped`.

    `beside` gives the times of the rows before and after what stands from one place to another.
    """
    found = []
    for start in starts:
        stop = data.find(b"\n", start)
        stop = len(data) if stop < 0 else stop
        line = rows.decode(data[start:stop])
        for row, before_ms, after_ms in rows.timed(line, *beside(start, stop)):
            try:
                state = parse(row, before_ms, after_ms, session)
            except ValueError as error:
                skipped.append((start, str(error)))
                continue
            if state is not None:
                state.place = start
                found.append(state)
    return found


def _counts(entry: dict[str, Any]) -> tuple[int, ...]:
    counts = [_number(entry.get(key)) for key in _FIELDS]
    written = _number(entry.get("cacheCreationInputTokens"))
    counts[2] = max(counts[2], written - counts[3])
    cost = entry.get("costUSD")
    usual = isinstance(cost, int | float) and 0 <= cost < _MOST_USD
    nano = round((cost or 0) * NANO) if usual else 0
    return (*counts, nano) if _FIELDS[2] in entry else (*counts, nano, 1)


def _number(value: object, most: int = _MOST_TOKENS) -> int:
    """A count of the client's; what is no number is 0.

    Text where a number belongs was put together, not added: an answer told its counts as text.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit():
        raise ValueError("a total that was put together as text")
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    if type(value) is not int or value < 0:
        return 0
    if value > most:
        raise ValueError("a total that no client counts")
    return value
