"""The regression cases of tests/cases/routing, which the weights have never seen."""

from __future__ import annotations

from cheaproute.routing.decide import decide
from cheaproute.routing.decision import TIERS
from tools import routing_data
from tools.routing_score import Score, score


def scored() -> Score:
    """How the shipped weights do on the cases."""
    tasks = routing_data.cases()
    sent = [decide(t.description, t.prompt, t.subagent_type).tier for t in tasks]
    return score([task.tier for task in tasks], sent)


def test_no_reasoning_goes_to_haiku() -> None:
    """Not one of the cases that need more than Haiku is sent there, however it is worded."""
    tasks = [task for task in routing_data.cases() if task.tier != "haiku"]
    wrong = [
        task.description or task.prompt
        for task in tasks
        if decide(task.description, task.prompt, task.subagent_type).tier == "haiku"
    ]
    assert wrong == []
    assert len(tasks) > 70


def test_cheap_work_is_haikus_or_open() -> None:
    """Nine in ten of Haiku's cases are at most open, titled tasks for the greater part its own."""
    found = scored()
    kept = found.count(TIERS[:1], TIERS[1:])
    assert kept <= 0.1 * found.count(TIERS[:1]), found.table()
    titled = [t for t in routing_data.cases() if t.tier == TIERS[0] and t.description]
    sent = [decide(t.description, t.prompt, t.subagent_type).tier for t in titled]
    assert sent.count(TIERS[0]) * 2 > len(titled)


def test_work_is_known_as_work() -> None:
    """Of what needs more, nine in ten cases are known for it, with their own tier four in five."""
    found = scored()
    hard = found.count(TIERS[1:])
    assert found.count(TIERS[1:], TIERS[1:]) >= 0.9 * hard, found.table()
    exact = sum(found.count([tier], [tier]) for tier in TIERS[1:])
    assert exact >= 0.8 * hard, found.table()


def test_categories_are_named_right() -> None:
    """Where the tier is right, the category is the one a person named, in seven of ten."""
    right = named = 0
    for task in routing_data.cases():
        found = decide(task.description, task.prompt, task.subagent_type)
        if found.tier == task.tier:
            named += 1
            right += found.category == task.category
    assert right >= 0.7 * named, f"{right} of {named}"


def test_cases_are_not_trained_on() -> None:
    """No case is among the training examples."""
    known = {task.prompt for task in routing_data.examples()}
    assert not [task.prompt for task in routing_data.cases() if task.prompt in known]
