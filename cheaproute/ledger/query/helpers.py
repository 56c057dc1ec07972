"""The client's helpers by what they were for: by its own word for each (2.1.332), and in ours."""

from __future__ import annotations

from cheaproute.money import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_WORDS = {
    "generate_session_title": "titles",
    "rename_generate_name": "titles",
    "compact": "compactions",
    "side_question": "/btw",
    "away_summary": "recaps",
    "web_fetch_apply": "pages read",
    "web_search_tool": "web searches",
    "hook_prompt": "hooks that ask a model",
    "hook_agent": "hooks that ask a model",
    "prompt_suggestion": "suggestions",
    "insights": "/insights",
    "plugin_model_complete": "modules' questions",
    "plugin_model_classify": "modules' questions",
    "": "not said",
}
_MOST = 5


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> list[tuple[str, int, int]]:
    """(the client's word, calls, nano-dollars) of a span, the dearest first."""
    rows = db.execute(
        "SELECT purpose, count(*), coalesce(sum(cost_nano), 0) AS nano FROM call"
        " WHERE source = 5 AND ts_ms >= ? AND ts_ms < ?"
        " GROUP BY purpose ORDER BY nano DESC, purpose",
        (first_ms, past_ms),
    )
    return [(str(purpose), calls, nano) for purpose, calls, nano in rows]


def named(found: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """(what for, calls, nano-dollars), the dearest first; what has no word keeps the client's."""
    sums: dict[str, tuple[int, int]] = {}
    for purpose, calls, nano in found:
        word = _WORDS.get(purpose) or purpose.replace("_", " ")
        before = sums.get(word, (0, 0))
        sums[word] = (before[0] + calls, before[1] + nano)
    ordered = sorted(sums.items(), key=lambda one: (-one[1][1], one[0]))
    return [(word, calls, nano) for word, (calls, nano) in ordered]


def line(found: Sequence[tuple[str, int, int]]) -> str:
    """All of it in one line; "" where there is none."""
    parts = named(found)
    if len(parts) > _MOST:
        rest = parts[_MOST - 1 :]
        summed = sum(calls for _, calls, _ in rest), sum(nano for *_, nano in rest)
        parts = [*parts[: _MOST - 1], ("other", *summed)]
    said = ", ".join(f"{word} {show(nano)}" for word, _, nano in parts)
    return f"Helpers were for: {said}" if said else ""
