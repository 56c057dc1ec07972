"""The client's helpers by what they were for: by its own word for each (2.1.332), and in ours."""

from __future__ import annotations

from cheaproute.money import show
from cheaproute.usage.purposes import (
    CHECK,
    COMPLETION,
    FORK,
    HAND_OVER,
    KEEP_WARM,
    READER,
    UNRECORDED,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    # what for, calls, nano-dollars, calls of unknown price
    Helped = tuple[str, int, int, int]

_WORDS = {
    "generate_session_title": "titles",
    "rename_generate_name": "titles",
    "compact": "compactions",
    "side_question": "/btw",
    "away_summary": "recaps",
    "web_fetch_apply": "pages read",
    "web_search_tool": "web searches",
    FORK: "hooks that ask a model",
    "hook_agent": "hooks that ask a model",
    "prompt_suggestion": "suggestions",
    "insights": "/insights",
    COMPLETION: "modules' questions",
    "plugin_model_classify": "modules' questions",
    CHECK: "auto mode's checks",
    UNRECORDED: "requests without a record",
    READER: "questions about a task (reader)",
    HAND_OVER: "notes for after a compaction",
    KEEP_WARM: "caches kept warm",
    "": "not said",
}
_MOST = 5


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> list[Helped]:
    """What helpers of a span were for, by the client's word, the dearest first."""
    return _where(db, "ts_ms >= ? AND ts_ms < ?", first_ms, past_ms)


def named(found: Sequence[Helped]) -> list[Helped]:
    """By our word, the dearest first; what has none keeps the client's."""
    gathered: dict[str, list[Helped]] = {}
    for one in found:
        word = _WORDS.get(one[0]) or one[0].replace("_", " ")
        gathered.setdefault(word, []).append(one)
    summed = [_sum(word, some) for word, some in gathered.items()]
    return sorted(summed, key=lambda one: (-one[2], one[0]))


def _sum(word: str, some: Sequence[Helped]) -> Helped:
    _, calls, nano, unpriced = zip(*some, strict=True)
    return word, sum(calls), sum(nano), sum(unpriced)


def line(found: Sequence[Helped]) -> str:
    """All of it in one line; "" where there is none."""
    parts = named(found)
    if len(parts) > _MOST:
        parts = [*parts[: _MOST - 1], _sum("other", parts[_MOST - 1 :])]
    said = ", ".join(
        f"{word} {show(nano)}{'+' if unpriced else ''}" for word, _, nano, unpriced in parts
    )
    guessed = rough(found)
    return f"Helpers were for: {said}{f'. {guessed}' if guessed else ''}" if said else ""


def rough(found: Sequence[Helped]) -> str:
    """What is known of some helpers by their cost at most, a sentence; "" where there is none."""
    words = sorted({_WORDS[purpose] for purpose, *_ in found if purpose in (CHECK, UNRECORDED)})
    if not words:
        return ""
    return f"Tokens of {' and '.join(words)} are an estimate: Claude Code tells none."


def of_session(db: sqlite3.Connection, session: int) -> list[Helped]:
    """What a session's helpers were for, by the client's word, the dearest first."""
    return _where(db, "session = ?", session)


def _where(db: sqlite3.Connection, which: str, *values: int) -> list[Helped]:
    rows = db.execute(
        "SELECT purpose, count(*), coalesce(sum(cost_nano), 0) AS nano,"  # noqa: S608
        f" sum(cost_nano IS NULL) FROM call WHERE source = 5 AND {which}"
        " GROUP BY purpose ORDER BY nano DESC, purpose",
        values,
    )
    return [(str(purpose), calls, nano, unpriced) for purpose, calls, nano, unpriced in rows]
