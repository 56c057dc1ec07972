"""What Claude Code itself says a session cost: the `cost-state` row at the end of each run."""

from __future__ import annotations

import os
from stat import S_ISREG

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

_STATE = b'{"type":"cost-state"'
_FIRST_PROMPT = b'"promptIndex":0'
# Who began the turn: `-p` and programs; the keyboard, for older clients do not say.
_PROGRAM, _BY_PEOPLE = "sdk", ("human", None)
_BLOCK, _MOST_RUN = 1 << 18, 32 << 20
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
    """

    __slots__ = (
        "after_ms", "before_ms", "ended_ms", "place", "run_ms", "session", "start_ms", "usage",
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


def began_ms(path: str, place: int) -> int:
    """When the run began whose total stands at `place` of the transcript at `path`; 0: unknown.

    A run's first prompt has the number 0, as each of a program's has; a terminal's are numbered on
    from run to run, and do not tell. What lies before the total before is another run's.
    """
    region = _since_last(path, place)
    if region is None:
        return 0
    row = _first_prompt(region)
    if row is None:
        return 0
    prompt = row.get("promptId")
    if not isinstance(prompt, str) or not prompt.isascii():
        return _sent_ms(row)
    # Its rows stand in no order of time: a compaction's summary comes first, and is the last made.
    mark, times = b'"promptId":"' + prompt.encode() + b'"', []
    place = region.find(mark)
    while place >= 0:
        times.append(_sent_ms(rows.decode(_line(region, place))))
        stop = region.find(b"\n", place)
        place = region.find(mark, stop) if stop >= 0 else -1
    return min(filter(None, times), default=0)


def _since_last(path: str, place: int) -> bytes | None:
    """What stands before `place` from the total before it on; None where that is too far back."""
    blocks: list[bytes] = []
    seam = b""  # where a total's mark may lie across two blocks
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            while place > 0 and len(blocks) * _BLOCK < _MOST_RUN:
                size = min(_BLOCK, place)
                place -= size
                file.seek(place)
                blocks.append(file.read(size))
                if _STATE in blocks[-1] + seam:
                    region = b"".join(reversed(blocks))
                    return region[region.rfind(_STATE) :]
                seam = blocks[-1][: len(_STATE)]
    except OSError:
        return None
    return b"".join(reversed(blocks)) if place == 0 else None


def _first_prompt(region: bytes) -> dict[str, Any] | None:
    """The row of the last prompt in `region` that begins a run; None where that cannot be told.

    What comes in between by itself, a finished agent's notice or a teammate's word, is a turn of
    its own under the number of the prompt before it: it begins a run only if nobody's does. A
    program's prompts all bear the first number, those of one run as those of several, and so do
    the summaries of its compactions, which do not say who began them.
    """
    found, end = None, len(region)
    while (end := region.rfind(_FIRST_PROMPT, 0, end)) >= 0:
        row = rows.decode(_line(region, end))
        end = region.rfind(b"\n", 0, end) + 1  # each line once
        position = row.get("turnPosition") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(position, dict):
            continue
        if position.get("promptIndex") != 0:
            continue  # a longer number, or another object's
        origin = row.get("turnOrigin")
        if found is not None and (_is_summary(found) or found.get("turnOrigin") == _PROGRAM):
            begins = origin == _PROGRAM or (_is_summary(found) and origin in _BY_PEOPLE)
            if begins and row.get("promptId") != found.get("promptId"):
                return None
            continue
        found = row
        if origin in _BY_PEOPLE and not _is_summary(row):
            break
    return found


def _is_summary(row: dict[str, Any]) -> bool:
    return row.get("turnOrigin") is None and row.get("isCompactSummary") is True


def _sent_ms(row: object) -> int:
    """When a user's row was made or, for a prompt, sent off; 0: it does not say."""
    if not isinstance(row, dict):
        return 0
    made, sent = rows.time_ms(row.get("timestamp")), row.get("sentAtMs")
    return min(made, sent) if made and type(sent) is int and sent > 0 else made


def _line(data: bytes, place: int) -> bytes:
    stop = data.find(b"\n", place)
    return data[data.rfind(b"\n", 0, place) + 1 : stop if stop >= 0 else len(data)]
