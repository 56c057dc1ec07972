"""A cap that fits: about three times the expected month, so that it stops an accident, not work."""

from __future__ import annotations

from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps.step import Proposal

TIMES = 3
# A cap this many times the fitting one stops nothing in time.
_LOOSE = 2
_LEAST_DAYS = 5
NANO = 1_000_000_000


def propose(evidence: Evidence) -> list[Proposal]:
    """A better monthly cap, where the one set is surely too loose or too tight; no cap is none."""
    full = [nano / NANO for nano in evidence.by_day[:-1]]  # today is not over
    spending = [usd for usd in full if usd > 0]
    cap = evidence.cap_month
    if cap is None or len(spending) < _LEAST_DAYS:
        return []
    middle, low, high = (30 * value for value in interval.mean(full))
    cap_usd = cap / NANO
    fitting = nice(TIMES * middle)
    if cap_usd > _LOOSE * TIMES * high:
        word = "loose"
        why = f"an accident could cost {cap_usd / middle:.0f} months' spending before it stops"
    elif cap_usd < low:
        word, why = "tight", "work would stop before the month ends"
    else:
        return []
    return [
        Proposal(
            kind="cap",
            title=f"monthly cap ${cap_usd:,.0f} is too {word}: ${fitting:,.0f}",
            why=f"{why}; about ${middle:,.0f} a month is expected",
            samples=len(full),
            hits=len(spending),
            low=low,
            high=high,
            month_nano=0,
            changes={"cap.month_usd": fitting},
            assumptions=(f"{TIMES} times the expected month", "months like these days"),
        )
    ]


def nice(usd: float) -> int:
    """`usd` rounded up to two digits that are easy to say; at least 1."""
    step = 1
    while usd > 20 * step:
        step *= 5 if str(step)[0] == "1" else 2
    return max(1, -int(-usd // step) * step)
