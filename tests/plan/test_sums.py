"""Of which sum the plan saves: no saving is said without the bill that the user sees."""

from __future__ import annotations

import pytest

from cheaproute.money import NANO
from cheaproute.plan import sums
from cheaproute.plan.sums import Sums


def test_the_bill_itself_needs_no_word() -> None:
    """Nothing is in force that makes another sum: what is left, of the bill."""
    of = Sums(100 * NANO)
    assert sums.now(of) == ""
    assert sums.instead(of, 40 * NANO) == "$60.00 in place of the bill of $100.00"
    assert sums.kept(of) == "than the $100.00 they did"
    assert sums.now(Sums(100 * NANO, 9_999_999)) == ""  # nobody sees less than a cent


@pytest.mark.parametrize(
    ("held", "stood", "change", "against"),
    [(-39, "$139.00", "$39.00 more", "$1.00 less"), (20, "$80.00", "$20.00 less", "$60.00 less")],
)
def test_another_sum_stands_beside_the_bill(
    held: int, stood: str, change: str, against: str
) -> None:
    """What is set now would have cost more or less: both sums, and the saving against each."""
    of = Sums(100 * NANO, held * NANO)
    assert sums.now(of) == (
        f"would have cost {stood} by what is set now, {change} than their bill of $100.00"
    )
    assert sums.instead(of, 40 * NANO).endswith(
        f" in place of the {stood} by what is set now; against the bill of $100.00 {against}"
    )
    assert sums.kept(of) == f"than the {stood} by what is set now (they cost $100.00)"


def test_marks_and_list_prices_are_said() -> None:
    """A lower bound makes one of every sum; a subscription has no bill."""
    of = Sums(100 * NANO, 20 * NANO, lower=True, subscription=True)
    said = sums.instead(of, 40 * NANO)
    assert said.startswith("≥$40.00 in place of the ≥$80.00")
    assert "the list price of ≥$100.00" in said
