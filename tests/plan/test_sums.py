"""Of which sum the plan saves: no saving is said without the bill that the user sees."""

from __future__ import annotations

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


def test_what_is_set_now_would_have_cost_more() -> None:
    """Of the larger sum alone a saving looks like more than there is: the bill is beside it."""
    of = Sums(100 * NANO, -39 * NANO)
    assert sums.now(of) == (
        "would have cost $139.00 by what is set now, $39.00 more than their bill of $100.00"
    )
    stood = "in place of the $139.00 by what is set now"
    assert sums.instead(of, 60 * NANO) == (
        f"$79.00 {stood}, $21.00 less than their bill of $100.00"
    )
    assert sums.instead(of, 20 * NANO) == (
        f"$119.00 {stood}, $19.00 more than their bill of $100.00"
    )
    assert sums.net(of, 60 * NANO) == (21 * NANO,)
    assert sums.kept(of) == "than the $100.00 they did"


def test_what_is_set_now_would_have_cost_less() -> None:
    """What is in force already is no saving of the plan's: it is told of what is left."""
    of = Sums(100 * NANO, 20 * NANO)
    assert sums.now(of) == (
        "would have cost $80.00 by what is set now, $20.00 less than their bill of $100.00"
    )
    stood = "the $80.00 by what is set now (their bill of $100.00)"
    assert sums.instead(of, 40 * NANO) == f"$40.00 in place of {stood}"
    assert sums.net(of, 40 * NANO) == (40 * NANO,)
    assert sums.kept(of) == "than the $80.00 by what is set now (they cost $100.00)"


def test_marks_and_list_prices_are_said() -> None:
    """A lower bound makes one of every sum; a subscription has no bill."""
    of = Sums(100 * NANO, 20 * NANO, lower=True, subscription=True)
    said = sums.instead(of, 40 * NANO)
    assert said.startswith("≥$40.00 in place of the ≥$80.00")
    assert "their list price of ≥$100.00" in said
