"""Of which sum the plan saves, in words, for all that say it: the bill, or what is set now. Pure.

The steps count on top of what is in force. Where that alone would have made another sum of the
days than their bill, what all of them save is told of the less.
"""

from __future__ import annotations

from typing import NamedTuple

from cheaproute.money import less, marked, show

# A difference that no amount in cents shows.
_CENT = 10_000_000


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
        return abs(self.held) >= _CENT

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


def base(of: Sums) -> str:
    """The sum that a saving is told of, the less of both: so none is more than either allows.

    `the bill of $100.00`, `the $80.00 by what is set now`.
    """
    if of.differs and of.held > 0:
        return f"the {of.shown(of.stood)} by what is set now (their {of.bill})"
    return f"the {of.bill}"


def net(of: Sums, *saved: int) -> tuple[int, ...]:
    """What savings on top of what is set now are of that sum, each; nano-dollars."""
    return tuple(nano + min(0, of.held) for nano in saved) if of.differs else saved


def instead(of: Sums, saves: int) -> str:
    """What the steps leave, and of what: `$60.00 in place of the bill of $100.00`."""
    return f"{of.shown(of.stood - saves)} in place of {base(of)}"


def kept(of: Sums) -> str:
    """`than ...`, for a sentence that is kept and said later: what a saving is less than."""
    if of.differs and of.held > 0:
        return f"than the {show(of.stood)} by what is set now (they cost {show(of.spent)})"
    return f"than the {show(of.spent)} they did"
