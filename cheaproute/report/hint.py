"""The one thing to do next, where there is something to do."""

from __future__ import annotations

from cheaproute import days
from cheaproute.cap import forecast, periods
from cheaproute.report import dates

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State
    from cheaproute.report.costs import Report


def choose(report: Report) -> str:
    """A hint of one line, "" where all is well; the most pressing first."""
    total, cap = report.total, report.cap_nano
    if not total.calls:
        if report.reading:
            return ""
        if report.began is None:
            return "no calls yet: `cheaproute import` reads your history"
        if report.latest is None:
            return f"no calls here; the ledger begins on {days.iso(report.began)}"
        last = days.iso(report.latest)
        return (
            f"no calls here; the ledger has {days.iso(report.began)} to {last}: "
            f"`cheaproute costs {last[:7]}`"
        )
    if total.unpriced:
        calls = "1 call has" if total.unpriced == 1 else f"{total.unpriced:,} calls have"
        return f"{calls} no price (+): `cheaproute config edit` can set it"
    if not report.running or report.project:
        return ""
    if report.cap_way and report.warns:
        return f"{report.full} passed; that only warns, nothing is stopped"
    if report.cap_way:
        return f"{report.full} reached: `{report.cap_way}`"
    if cap is None:
        quiet = report.plan or report.caps
        return "" if quiet else "no cap is set: `cheaproute cap suggest` computes one"
    if report.forecast_nano is not None:
        ahead = report.forecast_nano - report.cap_before_nano
        day = forecast.day_reached(cap, report.cap_spent_nano, ahead, report.now_ms)
        if day is not None:
            return f"at this pace the monthly cap is reached {_when(day, report.now_ms)}"
    return ""


def past_caps(db: sqlite3.Connection, state: State) -> tuple[str, str]:
    """`the daily cap is`, and the command by which the session, else the last one, goes on.

    Both are "" where no cap is reached.
    """
    full = [periods.ADJECTIVES[at.name] for at in state.periods.values() if at.reached]
    if not full:
        return "", ""
    from cheaproute.cap import expected
    from cheaproute.cap.answers import messages
    from cheaproute.cap.needs.way import Way
    from cheaproute.ledger.query import sessions, totals

    meant = state.session_id or totals.latest_session(db)
    need = expected.next_call(db, meant, state.now_ms)
    way = Way(session=sessions.typeable(db, meant), need=need)
    names = f"the {' and '.join(full)} {'cap is' if len(full) == 1 else 'caps are'}"
    return names, messages.remedy(state, way)


def passed(at: Period, heading: int, now_ms: int) -> str:
    """When the month's pace passes the cap; "" where it does not, or the cap is passed already."""
    spent = at.used + at.before
    day = forecast.day_reached((at.limit or 0) + at.before, spent, heading, now_ms)
    return "" if day is None else f" (past the cap {_when(day, now_ms)})"


def _when(day: int, now_ms: int) -> str:
    return "today" if day <= days.day_of(now_ms) else f"on {dates.short(day)}"
