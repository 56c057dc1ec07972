"""What a step gives without the others, and what one that does not pay alone needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cheaproute.plan.steps import choice, propose
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Step
from tests.plan import month as made
from tests.plan.month import HAIKU, OPUS, Month, broken_session, long_session


def _broken(month: Month) -> None:
    for number in range(10):
        broken_session(month, number)


def _seldom(month: Month) -> None:
    for number in range(10):
        broken_session(month, number, every=70)


def _mixed(month: Month) -> None:
    """Some with breaks, some with a long pause, subagents, and everyday work."""
    for number in range(6):
        broken_session(month, number, every=(40, 50, 70)[number % 3])
        long_session(month, 100 + number, pause=1_200)
    made.everyday_opus(month)
    made.wasteful_agent(month)


def _paused(month: Month) -> None:
    for number in range(8):
        long_session(month, number, pause=1_200)
        long_session(month, 100 + number, pause=1_200, calls=25)


def _gave(month: Month, plan: Plan, steps: Sequence[Step]) -> int:
    """What these steps, in force, are said to have taken of the same days."""
    settings, config = propose.changes(steps)
    after = propose.propose(month.evidence(plan__min_usd=0.5), {**settings, **config})
    return after.held_nano - plan.held_nano


@pytest.mark.parametrize("put", [_broken, _seldom, _mixed, _paused])
def test_alone_is_what_it_gives_in_force_alone(month: Month, put: Callable[[Month], None]) -> None:
    """To the nano-dollar; where that does not pay, beside what it needs it does."""
    put(month)
    plan = propose.propose(month.evidence(plan__min_usd=0.5), {})
    names = {one.name: one for one in plan.steps}
    assert any(one.needs for one in plan.steps) or put is _mixed
    for one in plan.steps:
        assert one.alone is not None
        saves, low, high = one.alone
        assert low <= saves <= high
        assert choice.pays(one.alone) is not bool(one.needs)
        if one.lever == "subagents":
            assert (saves, low, high) == (one.saves, one.low, one.high)
            continue
        assert _gave(month, plan, [one]) == saves
        if not one.needs:
            continue
        assert one.risk.startswith("pays only together with ")
        needed = [names[name] for name in one.needs]
        assert not any(set(other.needs) - set(one.needs) for other in needed)
        assert _gave(month, plan, [*needed, one]) > _gave(month, plan, needed)


def test_a_cache_of_five_minutes_needs_the_window(month: Month) -> None:
    """The strangers' case: dearer alone, and never without a risk."""
    _broken(month)
    plan = propose.propose(month.evidence(plan__min_usd=0.5), {})
    (cache,) = [one for one in plan.steps if one.name == "cache"]
    assert cache.after == "5m"
    assert cache.saves > 0
    assert cache.alone is not None
    assert cache.alone[0] < 0
    assert cache.needs == ("window",)
    assert cache.risk == "pays only together with window"
    assert choice.only(cache, plan.steps).startswith("Only together with step 1: alone it would")
    window = [one for one in plan.steps if one.name == "window"]
    settings, config = propose.changes(window)
    after = propose.propose(month.evidence(plan__min_usd=0.5), {**settings, **config})
    (cache,) = [one for one in after.steps if one.name == "cache"]
    assert cache.risk == "pays only while window is in force"


def test_some_together_are_replayed_as_one(month: Month) -> None:
    """Any of the steps: what they give is what they are said to have taken, once in force."""
    _seldom(month)
    evidence = month.evidence(plan__min_usd=0.5)
    plan = propose.propose(evidence, {})
    for some in (plan.steps[:2], plan.steps[1:], plan.steps):
        (saves, low, high), _ = propose.together(evidence, {}, [one.name for one in some])
        assert saves == _gave(month, plan, some)
        assert low <= saves <= high
    (saves, _, _), _ = propose.together(evidence, {}, [one.name for one in plan.steps])
    assert saves == plan.saves


def test_a_rule_that_pays_only_under_another_is_no_step(month: Month) -> None:
    """Runs that the rules in force send to Haiku anyway are saved on by no rule of their own."""
    made.failing_category(month)
    for number in range(20):
        columns = {"agent_type": "teller", "category": "summarise", "tier": "haiku"}
        month.sent(7_000 + number, OPUS, **columns, action="fits")
    for number in range(20):
        month.sent(8_000 + number, HAIKU, category="search", tier="haiku")
    plan = propose.propose(month.evidence(), {"subagentPromptCacheTtl": "5m"})
    assert "subagents.teller" not in {one.name for one in [*plan.steps, *plan.later]}
    assert {one.name for one in [*plan.steps, *plan.better]} == {"subagents.summarise"}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((-7_350_000_000, -9, 5), "it would have cost $7.35 more"),
        ((10, -2_000_000_000, 20), "it might have cost $2.00 more"),
        ((0, 0, 0), "it would have saved nothing"),
    ],
)
def test_what_it_would_have_done(figures: choice.Figures, words: str) -> None:
    """One line that names the dollars."""
    assert not choice.pays(figures)
    assert choice.loss(figures) == words


def test_names_are_listed() -> None:
    """As people write them."""
    assert [choice.named(list("abc")[:many]) for many in (1, 2, 3)] == [
        "a",
        "a and b",
        "a, b and c",
    ]
