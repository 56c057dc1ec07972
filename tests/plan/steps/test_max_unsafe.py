"""What the user's own history says of `routing.max_unsafe`, and of subagents that stayed."""

from __future__ import annotations

import pytest

from cheaproute.ledger import decisions
from cheaproute.plan import as_json, screen
from cheaproute.plan.evidence import stayed
from cheaproute.plan.steps import max_unsafe
from cheaproute.plan.steps.propose import propose
from cheaproute.routing.decision import Basis
from cheaproute.routing.text import weights
from tests.plan.month import HAIKU, OPUS, SONNET, Month


def known(month: Month, id_: str, beyond: float, *, up: bool = False) -> None:
    """What its text said of a subagent, and whether its steps said otherwise."""
    voices = "text: haiku; steps: it repeats itself" if up else "text: haiku"
    decisions.learn(month.db, id_, month.at(1), Basis(beyond, "short", {}, voices))


def between(level: int, next_: int) -> float:
    """A chance that the one bound lets through and the stricter one does not."""
    high, low = (weights.bounds(one / 1000, "short")[0] for one in (level, next_))
    assert low < high
    return (low + high) / 2


def fill(month: Month, back: int, *, up: bool = False) -> None:
    """Forty lookups near the bound, `back` of which came back; sixty harder tasks that stayed."""
    for number in range(40):
        id_ = month.sent(number, HAIKU, category="search", tier="haiku")
        bad = number < back
        known(month, id_, between(20, 10) if bad or number % 2 else 0.001, up=bad and up)
        if bad and not up:
            month.db.execute("UPDATE dispatch SET flag = 'bad' WHERE id = ?", (id_,))
    for number in range(40, 100):
        id_ = month.sent(number, SONNET, action="open", tier="open", category="review")
        known(month, id_, 0.7)


@pytest.mark.parametrize("up", [False, True])
def test_what_came_back_asks_for_a_stricter_bound(month: Month, up: bool) -> None:
    """Eight of some fifty that need more went there: the bound under which none did is proposed."""
    fill(month, 8, up=up)
    evidence = month.evidence()
    step = max_unsafe.step(evidence, evidence.settings["routing"])
    assert step is not None
    assert (step.before, step.after, step.config) == (0.02, 0.01, {"routing.max_unsafe": 0.01})
    assert step.low < 0  # it costs more than it saves
    assert "8 of 40 came back" in step.risk


@pytest.mark.parametrize("back", [0, 1])
def test_no_evidence_asks_for_nothing(month: Month, back: int) -> None:
    """One that came back is no measure."""
    fill(month, back)
    evidence = month.evidence()
    assert max_unsafe.step(evidence, evidence.settings["routing"]) is None


def test_a_bound_that_was_tightened_is_not_proposed_again(month: Month) -> None:
    """At 0 nothing is sent by its text, and nothing is stricter."""
    fill(month, 8)
    evidence = month.evidence(routing__max_unsafe=0.3)
    assert max_unsafe.step(evidence, evidence.settings["routing"]) is None


def test_the_plan_names_it_apart_and_shows_what_stayed(month: Month) -> None:
    """For quality, in no sum; what stayed has its bill, what was tried another."""
    fill(month, 8)
    month.sent(200, SONNET, action="explored", routed="sonnet", tier="open", category="review")
    known(month, month.sent(201, OPUS, action="explored", tier="open", category="review"), 0.6)
    month.db.execute("UPDATE judged SET voices = 'text: open; steps: x' WHERE id = 'toolu_201'")
    evidence = month.evidence()
    plan = propose(evidence, {})
    assert "subagents.max_unsafe" in {one.name for one in plan.better}
    assert plan.stayed["open"][0] == 60
    assert plan.stayed["explored"][0] == plan.stayed[stayed.UP][0] == 1
    cost = sum(sent.cost for sent in evidence.dispatches if sent.action == "open")
    assert plan.stayed["open"][1] == cost > 0
    assert as_json.loads(as_json.dumps(plan)) == plan
    said = screen.report(plan, {}, screen.Facts(), 100)
    assert "60 whose text did not say what they need ($" in " ".join(said.split())
    assert "tried one tier down: 2" in said
