"""A limit in words: its amounts, its period, when it begins anew."""

from __future__ import annotations

import time

from cheaproute import money
from cheaproute.cap import periods

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from cheaproute.cap.periods import Period

    Zone = Callable[[float], time.struct_time]

TAG = "[cheaproute]"
# Limits that no command raises here, and what does: a machine's share, a part of a team's budget.
BOUNDS = {
    "share": (
        "this machine's share of the monthly cap",
        "`cheaproute sync --share 0.7` changes this machine's part, `--share off` ends all parts.",
    ),
    "team": (
        "your team's budget",
        "`cheaproute team status` asks the server for more; who owns the team sets its caps.",
    ),
}


def amounts(at: Period, *, subscription: bool = False, held: bool = False) -> str:
    """`$37.61 of $50.00`, with `+` where calls of unknown price are missing from the sum.

    `≥` stands before what is a lower bound (see `bound`).
    `held`: what is set aside is named although the cap is not reached.
    """
    more = "+" if at.unpriced and not at.aside else ""
    if at.aside:
        more = f" and {money.show(at.aside)} not in the books"
    if at.reserved and (held or at.reached) and at.used < (at.limit or 0):
        more += f" and {money.show(at.reserved)} set aside"
    worth = " at list prices (your plan does not bill them)" if subscription else ""
    since = f" (besides {money.show(at.before)} before the cap was set)" if at.before else ""
    least = "≥" if at.lower else ""
    return f"{least}{money.show(at.spent)}{more} of {money.exact(at.limit or 0)}{worth}{since}"


def bound(db: sqlite3.Connection, found: Iterable[Period]) -> None:
    """Mark those periods whose sum is a lower bound, and what they lack of requests given up.

    A ledger that cannot tell marks none.
    """
    from cheaproute.ledger.query import coverage
    from cheaproute.ledger.transactions import sqlite3

    for at in found:
        try:
            at.lower = at.lower or coverage.lower(db, at.key)
            if at.assumed:
                from cheaproute.ledger.module import given_up  # seldom

                at.given_up = given_up.of_period(db, at.key)
        except sqlite3.Error:
            continue


def since(at: Period) -> str:
    """`$340.01 this month, $0.01 of it since the cap was set`."""
    whole = money.show(at.spent + at.before)
    return f"{whole} this month, {money.show(at.spent)} of it since the cap was set"


def where(at: Period) -> str:
    """The period in words: `in November 2026 (UTC)`, `on 2026-11-27 (UTC)`, `in this session`."""
    if at.name == "session":
        return "in this session"
    word = at.key.partition(":")[2]
    if at.name == "month":
        year, month = word.split("-")  # strptime would import half of the calendar
        return time.strftime("in %B %Y (UTC)", (int(year), int(month), 1, 0, 0, 0, 0, 1, 0))
    return time.strftime("on %Y-%m-%d (UTC)", time.gmtime(int(word) * 86_400))


def resets(at: Period, now_ms: int, zone: Zone) -> str:
    """When the period begins anew, as a sentence."""
    if at.reset_ms is None:
        return "A new session starts at zero."
    return f"It resets {periods.local(at.reset_ms, now_ms, zone)} your time."
