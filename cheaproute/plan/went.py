"""Where the money of the days went, in words, and what its answers lack."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from cheaproute.days import DAY_MS
from cheaproute.ledger import schema
from cheaproute.ledger.query import coverage
from cheaproute.money import in_percent, percents, plural, rough, share, share_marked
from cheaproute.plan.replay.parts import ANSWERS, COLD, LONG, READ, WRITTEN
from cheaproute.plan.steps.propose import Plan
from cheaproute.usage.prices import Prices


class Lacking(NamedTuple):
    """The main loop's calls of which only the start of the answer is on record, by the days.

    `likely` is what their answers are likely to add, `of_all` what those of all calls are
    (nano-dollars; None: too few others ended to say).
    """

    calls: int
    likely: int | None
    of_all: int | None


def lacking(db: sqlite3.Connection, first: int, past: int, prices: Prices) -> Lacking | None:
    """What the answers of some days lack; None where their sum is no lower bound by them."""
    if not coverage.lower_of_days(db, first, past):
        return None
    reach = (first * DAY_MS, past * DAY_MS)
    main = coverage.open_calls(db, *reach, prices, schema.MAIN)
    if not main.calls:
        return None
    return Lacking(main.calls, main.likely, coverage.open_calls(db, *reach, prices).likely)


def marks(plan: Plan, lack: Lacking | None) -> dict[str, str]:
    """What stands before the shares, by part: answers are at least, what was sent at most that."""
    if lack is None:
        return {}
    return {ANSWERS: "≥", READ: "≤", WRITTEN: "≤", COLD: "≤"} if _grows(plan, lack) else {}


def lacks(plan: Plan, lack: Lacking | None) -> str:
    """Why the answers' share is marked, and what is likely, in half a sentence; "" where not."""
    if lack is None or not marks(plan, lack):
        return ""
    calls = f"{plural(lack.calls, 'call')} of the main loop"
    said = f"of {calls} only the start of the answer is on record"
    if not lack.likely or lack.of_all is None:
        return said
    then = share(plan.went.get(ANSWERS, 0) + lack.likely, plan.spent + lack.of_all)
    return f"{said}, likely about {rough(lack.likely)} more: about {then} then"


def parts(plan: Plan, lack: Lacking | None) -> str:
    """All that the money went to, each with its share; those add up."""
    before, why = marks(plan, lack), lacks(plan, lack)
    found = [(name, nano) for name, nano in plan.went.items() if nano and name not in (LONG, COLD)]
    told = percents([nano for _, nano in found], plan.spent)
    return ", ".join(
        f"{name} {share_marked(before.get(name, ''), in_percent(percent, nano, plan.spent))}"
        + (f" ({why})" if why and name == ANSWERS else "")
        for (name, nano), percent in zip(found, told, strict=True)
    )


def avoidable(plan: Plan, lack: Lacking | None) -> str:
    """The parts of it that could have been avoided, seen another way."""
    before = marks(plan, lack)
    shares = {name: share(plan.went[name], plan.spent) for name in (LONG, COLD)}
    return "; ".join(
        f"{share_marked(before.get(name, ''), said)} {name}" for name, said in shares.items()
    )


def _grows(plan: Plan, lack: Lacking) -> bool:
    """Whether the answers' share is more with what they lack, though others lack some, too."""
    if lack.likely is None or lack.of_all is None:
        return True
    answers = plan.went.get(ANSWERS, 0)
    return (answers + lack.likely) * plan.spent > answers * (plan.spent + lack.of_all)
