"""The status line: model, plan, session, today, month against the cap, in one line (hot path)."""

from __future__ import annotations

from cheaproute.money import exact
from cheaproute.report.figures import marked, money, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cheaproute.cap.limits import Limit
    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State
    from cheaproute.ledger.module.rate_limits import Window

_YELLOW, _RED, _PLAIN = "\x1b[33m", "\x1b[31m", "\x1b[0m"
NEAR = 0.75
# From here on a cap is never left out, however narrow the terminal.
HOT = 0.9
# What goes first where there is no room has the highest; 0 and 1 are for caps that matter most.
_WINDOW, _CAPPED, _MONTH, _LISTED, _SUM, _HELD, _MODEL, _SAVED = range(2, 10)
_NAMES = {"session": "session", "day": "today", "month": "month"}
_BOUNDS = {"share": "this machine's share", "team": "team"}


class Part:
    """A part of the line: its text, the colour it is told in, and how dispensable it is.

    `shorter` are said in its place, one after the other, where there is no room; of `share` 1.0 is
    a whole cap.
    """

    __slots__ = ("color", "rank", "share", "shorter", "text")

    def __init__(
        self, text: str, rank: int, color: str = "", shorter: Sequence[str] = (), share: float = 2
    ) -> None:
        self.text, self.shorter, self.share = text, list(shorter), share
        self.rank = rank  # 0 stays, the highest goes first
        self.color = color


def render(
    model: str,
    state: State,
    *,
    plan: bool,
    color: bool,
    width: int = 0,
    saved_nano: int = 0,
    windows: Sequence[Window] = (),
    read: int | None = None,
    held: str = "",
) -> str:
    """`Opus 5.5 · session $0.43 · today $2.10 · month $31.20 of $40.00 (78 %)`.

    Each figure with a cap shows it. From three quarters of a cap on its figure is yellow, past it
    red, and past it says so in words as well. `width`: the least important parts give way to it
    (0: it is not known); what is nearly or wholly used never does, be it a cap or a plan's limit.
    Else a plan's limits are the last to do so, the month's sum where there are none; a figure with
    a cap does after those without, and the limit itself before the amount. `read`: of the history,
    in percent, while it is read. `held`: how far the cap holds in the session.
    """
    parts = [Part(model, _MODEL)] if model else []
    for window in windows:
        near = window.percent >= NEAR * 100
        full = window.percent >= 100
        name = "5 h" if window.name.startswith("5") else window.name
        tone = (_RED if full else _YELLOW) if near else ""
        rank = 0 if window.percent >= HOT * 100 else _WINDOW
        parts.append(Part(f"{name} {window.percent:.0f} %{' used up' if full else ''}", rank, tone))
    hot = [at.name for at in state.every if at.limit is not None and at.share >= HOT]
    capped = [at.name for at in state.periods.values() if at.limit is not None]
    alone = not windows and ("month" in capped or not capped)
    month = 1 if hot else 0 if alone else _CAPPED if "month" in capped else _MONTH
    ranks = {"session": _SUM, "day": _SUM} | dict.fromkeys(capped, _CAPPED)
    ranks |= {"month": month} | dict.fromkeys(hot, 0)
    parts += [_figure(word, state.periods[name], ranks[name]) for name, word in _NAMES.items()]
    parts += [_bound(at) for at in state.bounds if at.name in hot]
    if read is not None:
        parts.append(Part(f"history {read} % read", 0))
    if saved_nano > 0:
        parts.append(Part(f"saved {money(saved_nano)}", _SAVED))
    if plan:
        parts.append(Part("list price", _LISTED))
    if held:
        parts.append(Part(held, _HELD))
    while width and parts and len(_joined(parts)) > width:
        least = [part for part in parts if part.rank == max(part.rank for part in parts)]
        if _shorten(least, without="limit"):
            continue
        if least[0].rank == _WINDOW and _shorten(parts, without="amount"):
            continue
        if least[0].rank and len(parts) > 1:
            parts.remove(least[0])
        elif not _shorten(least, without="amount"):
            break
    return " · ".join(
        f"{part.color}{part.text}{_PLAIN}" if color and part.color else part.text for part in parts
    )


def shown(
    db: sqlite3.Connection, session: int | str, now_ms: int, coming: dict[str, Limit] | None = None
) -> State:
    """What a gate judges by, with `lower` of each period beside it for one who shows the sums.

    `coming`: what it will take over first (`Surroundings.coming_caps`).
    """
    from cheaproute.cap import state as states
    from cheaproute.ledger.query import coverage

    found = states.state(db, session, now_ms, coming=coming)
    for at in found.periods.values():
        at.lower = at.lower or coverage.lower(db, at.key)
    return found


def held(db: sqlite3.Connection, state: State, at_cap: str) -> str:
    """How far a cap that stops holds in the session, "" where none does or no module was seen."""
    if state.binding is None or at_cap == "warn":
        return ""
    from cheaproute.ledger.module import seats

    seat = seats.read(db, state.session_id)
    return seat.cap if seat is not None and (seat.step or seat.fetch) else ""


def _shorten(parts: list[Part], *, without: str) -> bool:
    """One of those that have a cap says less, the one that is least used first; if one could.

    `without` its "limit", else also without its "amount".
    """
    forms = 2 if without == "limit" else 1
    long = [part for part in parts if len(part.shorter) >= forms]
    if not long:
        return False
    one = min(long, key=lambda part: part.share)
    one.text = one.shorter.pop(0)
    return True


def _joined(parts: Sequence[Part]) -> str:
    return " · ".join(part.text for part in parts)


def _figure(word: str, period: Period, rank: int) -> Part:
    lacks = bool(period.assumed) and not period.unpriced  # what the cap counts beside the books
    text = f"{word} {marked(period.spent, period.unpriced, lower=period.lower or lacks)}"
    if period.limit is None:
        return Part(text, rank)
    used = share(period.used, period.limit)
    full = " cap reached" if period.reached else ""
    shorter = (f"{text} ({used}){full}", f"{word} {used}{full}")
    text = f"{text} of {exact(period.limit)} ({used})"
    if period.before:
        text += f" + {money(period.before)} before"
    if period.reached:
        text += f"{full} by calls under way" if period.used < period.limit else full
    if period.share < NEAR:
        return Part(text, rank, "", shorter, period.share)
    tone = _RED if period.reached else _YELLOW
    return Part(text, min(rank, 1), tone, shorter, period.share)


def _bound(period: Period) -> Part:
    """A limit that is nobody's here to raise: how much of it is used, no amounts."""
    text = f"{_BOUNDS.get(period.name, period.name)} {share(period.used, period.limit or 1)}"
    if period.reached:
        return Part(f"{text} cap reached", 0, _RED)
    return Part(text, 0, _YELLOW)
