"""The caps on one screen: what is spent, set aside and left, and where the month is heading."""

from __future__ import annotations

import time

from cheaproute import money
from cheaproute.cap import forecast, periods, reservations, wording
from cheaproute.cap.fallback.beside import why
from cheaproute.days import day_of, iso
from cheaproute.ledger.query import totals
from cheaproute.report import dates, hint
from cheaproute.report.figures import marked, plural, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State

BAR, LEAST_BAR = 40, 8
_BESIDE_BAR = 28  # the name before a bar, the share behind it, and the client's word before both


def forecasts(db: sqlite3.Connection, state: State) -> dict[str, int | None]:
    """What the month comes to at the pace of the last seven full days, in nano-dollars.

    A day has no pace: an average of other days tells nothing of it.
    """
    today = day_of(state.now_ms)
    first = totals.first_day(db)
    kept = {key: sums.cost_nano for key, sums in totals.by(db, "day", today - 7, today + 1)}
    recent = [(day, kept.get(iso(day), 0)) for day in range(today - 7, today + 1)]
    spent = state.periods["month"].spent + state.periods["month"].before
    month = forecast.month_end(spent, recent, first, state.now_ms)
    return {"month": month, "day": None, "session": None}


def lines(
    at: Period,
    heading: int | None,
    now_ms: int,
    *,
    whose: str = "",
    width: int = 80,
    above: str = "",
) -> list[str]:
    """One period in words: the bar, the amounts, the reset; a session's with `whose` it is.

    `above`: for what another one counts more (`beside_books`), which is said once.
    """
    spent = marked(at.spent, at.unpriced, lower=at.lower)
    pace = "" if heading is None else _pace(at, heading)
    name = f"{at.name.capitalize():<8}"
    if at.limit is None:
        more = f", {pace}" if pace else ""
        return [f"{name} {spent} spent, no cap{more}"]
    parts = [f"{spent} of {money.exact(at.limit)}"]
    if why_more := beside_books(at):
        same = "the same" if why_more == above else why_more
        parts.append(f"{money.show(at.aside)} more counted for {same}")
    if at.reserved:
        parts.append(f"{money.show(at.reserved)} set aside")
    parts.append(f"{money.show(at.left or 0)} left")
    if pace:
        parts.append(f"{pace}{hint.passed(at, heading or 0, now_ms)}")
    ends = (
        "a new session starts at zero"
        if at.reset_ms is None
        else f"resets {periods.local(at.reset_ms, now_ms)}"
    )
    if at.name in wording.BOUNDS:  # no command raises it here
        return [f"{name} {bar(at, width)} {percent(at)}", f"{'':8} {', '.join(parts)}"]
    if at.extra:
        until = "" if at.reset_ms is None else " until it resets"
        ends += f"; raised by {money.exact(at.extra)}{until}"
    if whose and at.name == "session":
        ends = f"in {whose[0].lower()}{whose[1:]}; {ends}"
    origin = {"option": "the plugin's option", "config": "config.toml"}.get(at.origin, "command")
    before = [f"{'':8} {wording.since(at)}"] if at.before else []
    return [
        f"{name} {bar(at, width)} {percent(at)}",
        f"{'':8} {', '.join(parts)}",
        *before,
        f"{'':8} {ends}; set by {origin}",
    ]


def _pace(at: Period, heading: int) -> str:
    """`at this pace $44.10 by 30 Nov`: what the period comes to, and when it is over."""
    ends = "" if at.reset_ms is None else f" by {dates.short(day_of(at.reset_ms) - 1)}"
    return f"at this pace {marked(heading, at.unpriced, lower=at.lower)}{ends}"


def set_aside(db: sqlite3.Connection, now_ms: int) -> str:
    """What the money that is set aside is for, a sentence; "" where none is."""
    held = sum(nano for nano, _ in reservations.live(db, now_ms))
    leave = sum(n for n, _ in reservations.live(db, now_ms, purposes=reservations.LEAVE))
    parts = []
    if leave:
        parts.append(
            f"{money.show(leave)} for what open sessions may send within the next minute (what of "
            "it they do not use is free again)"
        )
    if held > leave:
        parts.append(f"{money.show(held - leave)} for calls under way")
    return f"Set aside: {', '.join(parts)}." if parts else ""


def beside_books(at: Period) -> str:
    """What of the cap's sum is not in the books; "" where that is nothing, or next to it."""
    if not at.aside or at.limit is None:
        return ""
    if not at.unpriced:
        return why(at.assumed, at.given_up[1])
    broken = " and requests that were broken off" if at.given_up[0] else ""
    return f"{plural(at.unpriced, 'call')} without a price{broken}"


def bar(at: Period, width: int = 80) -> str:
    """`████▒▒░░`: spent as the cap counts it, set aside, left; short on a narrow screen."""
    limit, room = at.limit or 1, max(LEAST_BAR, min(BAR, width - _BESIDE_BAR))
    spent, held = (min(room, nano * room // limit) for nano in (at.used, at.used + at.reserved))
    return "█" * spent + "▒" * (held - spent) + "░" * (room - held)


def percent(at: Period) -> str:
    """The share that is used; 100 % only when the cap is reached."""
    return share(at.used, at.limit) if at.limit else "100 %"


def as_json(at: Period, heading: int | None) -> dict[str, object]:
    """One period for programs: dollars, and times as ISO 8601 in UTC."""
    return {
        "limit_usd": _usd(at.limit),
        "spent_usd": _usd(at.spent),
        "before_usd": _usd(at.before),
        "assumed_usd": _usd(at.assumed),
        "reserved_usd": _usd(at.reserved),
        "left_usd": _usd(at.left),
        "raised_usd": _usd(at.extra),
        "forecast_usd": _usd(heading),
        "reached": at.reached,
        "unknown_price_calls": at.unpriced,
        "lower_bound": bool(at.unpriced or at.lower),
        "set_by": at.origin or None,
        "resets_at": None
        if at.reset_ms is None
        else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at.reset_ms // 1000)),
    }


def tightest(state: State, need: int) -> dict[str, object]:
    """What a gate says of the next call, for programs: the least that is left, whether it goes.

    `need`: what that call is likely to cost, nano-dollars, 0 where nothing is known of it.
    """
    return {
        "left_usd": _usd(state.left),
        "next_call_usd": _usd(need or None),
        "enough": not state.short(max(need, 1)),
        "reached": any(at.reached for at in state.every),
    }


def _usd(nano: int | None) -> float | None:
    return None if nano is None else nano / money.NANO
