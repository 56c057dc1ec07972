"""Of which sum the plan saves, in words, for all that say it: the bill, or what is set now. Pure.

The steps count on top of what is in force. Where that alone would have made another sum of the
days than their bill, what they save is told of that sum, each step's as that of all of them, and
the bill beside it. What is said without room for both is told of the less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cheaproute.money import less, marked, show
from cheaproute.plan.steps.choice import CENT, named
from cheaproute.plan.steps.step import Step, Undone


class Sums(NamedTuple):
    """Nano-dollars of a plan's days: what they cost, and what is in force would have taken off.

    `lower`: the first is a lower bound. `subscription`: it is a list price, nobody's bill.
    """

    spent: int
    held: int = 0
    lower: bool = False
    subscription: bool = False

    @property
    def stood(self) -> int:
        """What the days would have cost by what is set now: the steps save of this."""
        return self.spent - self.held

    @property
    def differs(self) -> bool:
        """Whether that is another sum than the bill."""
        return abs(self.held) >= CENT

    def shown(self, nano: int) -> str:
        """An amount of these days, marked as their sum is."""
        return marked(max(0, nano), 0, lower=self.lower)

    @property
    def bill(self) -> str:
        """What `costs` says of the days."""
        kind = "list price" if self.subscription else "bill"
        return f"{kind} of {self.shown(self.spent)}"


def now(of: Sums) -> str:
    """What the days would have cost by what is set now, half a sentence; "" where it is the bill.

    `would have cost $80.00 by what is set now, $20.00 less than their bill of $100.00`.
    """
    if not of.differs:
        return ""
    return (
        f"would have cost {of.shown(of.stood)} by what is set now, {less(of.held)} than their"
        f" {of.bill}"
    )


def net(of: Sums, *saved: int) -> tuple[int, ...]:
    """What savings on top of what is set now are of the less of both sums, each; nano-dollars."""
    return tuple(nano + min(0, of.held) for nano in saved) if of.differs else saved


def instead(of: Sums, saves: int) -> str:
    """What the steps leave, of the sum that they save of, and the bill where that is another.

    `$60.00 in place of the bill of $100.00`; `$79.00 in place of the $139.00 by what is set now,
    $21.00 less than their bill of $100.00`.
    """
    left = of.shown(of.stood - saves)
    if not of.differs:
        return f"{left} in place of the {of.bill}"
    said = f"{left} in place of the {of.shown(of.stood)} by what is set now"
    if of.held > 0:
        return f"{said} (their {of.bill})"
    return f"{said}, {less(of.held + saves)} than their {of.bill}"


def kept(of: Sums) -> str:
    """`than ...`, for a sentence that is kept and said later: what a saving is less than."""
    if of.differs and of.held > 0:
        return f"than the {show(of.stood)} by what is set now (they cost {show(of.spent)})"
    return f"than the {show(of.spent)} they did"


def added(steps: Sequence[Step], saves: int, whole: int = 0) -> str:
    """What each step alone adds up to, where together they save another sum, `saves`; "" elsewhere.

    `whole`: told as shares of it.
    """
    alone = sum(one.alone[0] if one.alone else one.saves for one in steps)
    if abs(alone - saves) < CENT:
        return ""
    why = "but they overlap" if alone > saves else "together they give more"
    return f"Replayed as one: each alone would add up to {less(alone, whole)}, {why}."


def undone(one: Undone, whole: int = 0) -> str:
    """That some of these steps save more than all of them, and the way to have those."""
    return (
        f"{named(one.steps)} together: {less(one.saves, whole)}; {named(one.better)} alone"
        f" {'saves' if len(one.better) == 1 else 'save'} more ({less(one.alone, whole)}):"
        f" `cheaproute plan apply {' '.join(one.better)}`."
    )
