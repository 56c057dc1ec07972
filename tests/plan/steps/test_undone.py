"""Steps that take from one another: those that take more than they give, and pairs that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest

from cheaproute.money import NANO
from cheaproute.plan import as_json, details, screen, sums
from cheaproute.plan.steps import choice, propose
from cheaproute.plan.steps.desk import Desk
from cheaproute.plan.steps.step import Step, Undone
from tests.plan import month as made
from tests.plan.month import Month, broken_session, long_session
from tests.plan.test_standing import NOTHING


class Made:
    """Says what steps save together, by a table."""

    def __init__(self, dollars: Mapping[str, int]) -> None:
        self._dollars = {frozenset(names.split()): usd for names, usd in dollars.items()}

    def saved(self, steps: Sequence[Step]) -> int:
        """As `Desk.saved`."""
        return self._dollars[frozenset(one.name for one in steps)] * NANO


def _step(name: str, saves: int, *needs: str) -> Step:
    figures = (saves * NANO, 0, saves * NANO)
    step = Step(name, name, name, None, 1, *figures, "none", ("d",), (), alone=figures)
    return replace(step, needs=needs)


COLD, WARM, WINDOW = _step("cold-return", 30), _step("keep-warm", 18), _step("window", 20)
DESK = cast(
    "Desk",
    Made({
        "cold-return": 30, "keep-warm": 18, "window": 20, "cold-return keep-warm": 25,
        "cold-return window": 45, "keep-warm window": 38, "cold-return keep-warm window": 41,
    }),
)  # fmt: skip
PAIR = Undone(("cold-return", "keep-warm"), 25 * NANO, ("cold-return",), 30 * NANO)
WORDS = (
    "cold-return and keep-warm together: $25.00 less; cold-return alone saves more ($30.00 less):"
    " `cheaproute plan apply cold-return`."
)


def test_a_step_that_takes_more_than_it_gives_goes() -> None:
    """Whoever came first: what the others save without it is more."""
    assert choice._kept(DESK, [COLD, WARM, WINDOW]) == [COLD, WINDOW]
    assert choice._kept(DESK, [WARM, WINDOW]) == [WARM, WINDOW]
    assert choice._kept(DESK, [WARM]) == [WARM]
    assert choice._kept(DESK, []) == []


def test_pairs_of_which_one_alone_saves_more_are_named() -> None:
    """And all of them where some save more; none that needs another is taken alone."""
    found = propose._undone(DESK, [COLD, WARM, WINDOW], 41 * NANO)
    whole = Undone(
        ("cold-return", "keep-warm", "window"), 41 * NANO, ("cold-return", "window"), 45 * NANO
    )
    assert found == (PAIR, whole)
    needy = replace(WARM, needs=("window",))
    assert choice.without_one(DESK, [needy, WINDOW], 10 * NANO) == Undone(
        ("keep-warm", "window"), 10 * NANO, ("window",), 20 * NANO
    )


def test_the_words_have_both_amounts_and_the_way() -> None:
    """In dollars, or as shares of the days."""
    assert sums.undone(PAIR) == WORDS
    assert "together: 25 % less; cold-return alone saves more (30 % less)" in sums.undone(
        PAIR, 100 * NANO
    )
    several = Undone(("a", "b", "c"), NANO, ("a", "b"), 2 * NANO)
    assert sums.undone(several).endswith(
        "; a and b alone save more ($2.00 less): `cheaproute plan apply a b`."
    )


def test_what_each_gives_alone_is_added_up_where_that_is_another_sum() -> None:
    """In either direction: some pay only with others."""
    said = "Replayed as one: each alone would add up to $48.00 less, "
    assert sums.added([COLD, WARM], 25 * NANO) == f"{said}but they overlap."
    assert sums.added([COLD, WARM], 60 * NANO) == f"{said}together they give more."
    assert sums.added([COLD, WARM], 48 * NANO) == ""


def test_every_form_says_it() -> None:
    """The plan, a step's own view (of a step it is about), and `--json`, kept and read back."""
    plan = replace(NOTHING, spent=100 * NANO, steps=(COLD, WARM, WINDOW), saves=45 * NANO,
                   undone=(PAIR,))  # fmt: skip
    assert WORDS in " ".join(screen.report(plan, {}, screen.Facts(), 80).split())
    for step, said in ((COLD, True), (WARM, True), (WINDOW, False)):
        shown = details.words(step, plan.steps, sums.Sums(plan.spent), 80, pairs=plan.undone)
        assert (WORDS in " ".join(shown.split())) is said
    assert as_json.render(plan, {})["less_together"] == [
        {
            "steps": ["cold-return", "keep-warm"],
            "saves_usd": 25.0,
            "better": ["cold-return"],
            "better_saves_usd": 30.0,
        }
    ]
    kept = as_json.loads(as_json.dumps(plan))
    assert kept is not None
    assert kept.undone == plan.undone


@pytest.mark.parametrize("every", [0, 40, 70])
def test_no_plan_saves_more_without_one_of_its_steps(month: Month, every: int) -> None:
    """Whatever the days were like."""
    for number in range(6):
        if every:
            broken_session(month, number, every=every)
        long_session(month, 100 + number, pause=1_200)
    made.everyday_opus(month)
    evidence = month.evidence(plan__min_usd=0.5)
    plan = propose.propose(evidence, {})
    names = [one.name for one in plan.steps]
    assert len(names) > 1
    for name in names:
        rest = [one.name for one in plan.steps if name not in (one.name, *one.needs)]
        (saves, _, _), _ = propose.together(evidence, {}, rest)
        assert saves < plan.saves + choice.CENT
    assert not [one for one in plan.undone if len(one.steps) == len(names) > 2]
