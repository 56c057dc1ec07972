"""What is said of a change a week later."""

from __future__ import annotations

import pytest

from cheaproute.plan.applied import Applied
from cheaproute.plan.trial import Came, words

USD = 10**9
APPLIED = Applied(0, ("window",), 100 * USD, 20 * USD, 10 * USD, 30 * USD)


def came(spent: int, before: int, model: int = 0, rework: int = 1) -> Came:
    """Seven days: dollars spent, those as before, of the model's price; of ten subagents redone."""
    nano = spent * USD, before * USD, model * USD, (before - spent - model) * USD
    return Came(7, *nano, rework, 10, 1, 10)


@pytest.mark.parametrize(
    ("what", "first", "says"),
    [
        (
            came(50, 60),
            "In force since",
            "$60.00, 17 % less. The two parts: $0.00 less",
        ),
        (came(50, 60, 4), "In force since", "$4.00 less by the price of the model, $6.00 less by"),
        (
            came(50, 60, -2),
            "In force since",
            "$2.00 more by the price of the model, $12.00 less by",
        ),
        (came(70, 60), "THIS DID HARM: window", "$10.00 dearer than as before"),
        (came(70, 60), "THIS DID HARM: window", "17 % more. The two parts: $0.00 less"),
        (came(50, 60, rework=6), "THIS DID HARM: window", "6 of 10 subagents done again, before 1"),
        (came(50, 60, rework=2), "In force since", "$50.00 in 7 days"),
        (came(0, 0), "In force since", "nothing to judge"),
    ],
)
def test_harm_is_said_first_and_in_what_it_is(what: Came, first: str, says: str) -> None:
    """Dearer, or more done again; else what came beside what was foretold, in its two parts."""
    said = " ".join(words(APPLIED, what, "2026-11-19"))
    assert said.startswith(first)
    assert says in said
