"""The status line: model, session, today, month against the cap, in one line (hot path)."""

from __future__ import annotations

from cheaproute.report.figures import marked, money, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.state import Period, State

_YELLOW, _RED, _PLAIN = "\x1b[33m", "\x1b[31m", "\x1b[0m"
NEAR = 0.75


def render(model: str, state: State, *, plan: bool, color: bool) -> str:
    """`Opus 5.5 · session $0.43 · today $2.10 · month $31.20 of $40.00 (78 %)`.

    Each figure with a cap shows it. From three quarters of a cap on its figure is yellow, past it
    red, and past it says so in words as well.
    """
    names = {"session": "session", "day": "today", "month": "month"}
    parts = [model] if model else []
    parts += [_figure(word, state.periods[name], color=color) for name, word in names.items()]
    if plan:
        parts.append("list price")
    return " · ".join(parts)


def _figure(word: str, period: Period, *, color: bool) -> str:
    text = f"{word} {marked(period.spent, period.unpriced, 0)}"
    if period.limit is None:
        return text
    text += f" of {money(period.limit)} ({share(period.spent, period.limit)})"
    if period.reached:
        text += " cap reached"
    if not color or period.share < NEAR:
        return text
    return f"{_RED if period.reached else _YELLOW}{text}{_PLAIN}"
