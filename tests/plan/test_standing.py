"""What is said of what is in force already."""

from __future__ import annotations

from cheaproute.money import NANO
from cheaproute.plan import standing
from cheaproute.plan.steps.propose import Plan

NOTHING = Plan(0, 30, 9 * NANO, 0, 0, {}, (), 0, 0, 0, ())
LEVERS = Plan(0, 30, 9 * NANO, 0, 0, {}, (), 0, 0, 0, (), held=("window",), held_nano=2 * NANO)


def test_one_list_names_all_that_holds() -> None:
    """What `plan apply` wrote beside the main loop's levers, too; one undone by hand is none."""
    applied = ["window", "cache", "agents-cache"]
    assert standing.sentence(LEVERS, applied).startswith(
        "in force already: window; it would have taken $2.00 off these days' bill;"
        " and agents-cache. The steps"
    )
    assert standing.sentence(NOTHING, applied).startswith("in force already: agents-cache. The")
    assert standing.sentence(NOTHING) == ""
