"""What is proposed is all there is: once it stands, the same days give nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cheaproute.money import NANO
from cheaproute.plan.steps import choice, propose
from cheaproute.plan.steps.desk import Desk
from cheaproute.plan.steps.step import Step
from tests.plan import month as made
from tests.plan.month import OPUS, Month, long_session


def _long(month: Month) -> None:
    for number in range(5):
        long_session(month, number)


def _paused(month: Month) -> None:
    for number in range(5):
        long_session(month, number, pause=1_200)
        long_session(month, 100 + number, pause=1_200, calls=25)


def _returns(month: Month) -> None:
    """Back after 70 minutes each time, and after 20."""
    for number in range(12):
        session, at_ms = month.session(number), month.at(number)
        for place in range(6):
            again = month.made.choice((70, 70, 20, 4)) * 60_000
            month.call(at_ms, OPUS, session, write_1h=90_000 if place else 60_000, read=0)
            at_ms += again


def _everything(month: Month) -> None:
    for put in (made.noise, made.failing_category, made.wasteful_agent, made.everyday_opus):
        put(month)
    _paused(month)
    _returns(month)


def _outputs(month: Month) -> None:
    """Long outputs of commands, in long sessions."""
    _long(month)
    for number in range(10):
        for place in range(5):
            month.db.execute(
                "INSERT INTO tool(session, id, ts_ms, name, bytes) VALUES(?, ?, ?, 'Bash', 40000)",
                (month.session(number), f"b{place}", month.at(number) + place * 100_000),
            )


def _applied(
    plan: propose.Plan, client: Mapping[str, object], changed: Mapping[str, Any]
) -> tuple[dict[str, object], dict[str, Any]]:
    """The client's settings and ours once all steps are in force."""
    settings, config = propose.changes(plan.steps)
    after = {key.replace(".", "__", 1): value for key, value in config.items()}
    for key, value in after.items():
        if isinstance(value, Mapping):
            after[key] = {**changed.get(key, {}), **value}
    return {**client, **settings, **config}, {**changed, **after}


FIVE: dict[str, object] = {"promptCacheTtl": "5m", "subagentPromptCacheTtl": "5m"}


@pytest.mark.parametrize(
    ("put", "stands"),
    [
        pytest.param(_long, {"autoCompactWindow": 200_000}, id="long, a window"),
        pytest.param(_paused, FIVE, id="pauses, five minutes"),
        pytest.param(_paused, {"mod.enabled": False}, id="pauses, no module"),
        pytest.param(_returns, {}, id="returns"),
        pytest.param(
            _outputs, {"autoCompactWindow": 333_000, "promptCacheTtl": "1h"}, id="outputs"
        ),
        pytest.param(_everything, {}, id="everything"),
        pytest.param(_everything, {"autoCompactWindow": 200_000}, id="everything, a window"),
    ],
)
def test_once_all_stands_nothing_more_is_proposed(
    month: Month, put: Callable[[Month], None], stands: dict[str, object]
) -> None:
    """At any start; what there was no room for was named before."""
    put(month)
    client, changed = stands, {"plan__min_usd": 0.5}
    seen: set[str] = set()
    for _ in range(4):
        plan = propose.propose(month.evidence(**changed), client)
        writing = [one for one in plan.steps if one.settings or one.config]
        if seen:
            assert {one.name for one in writing} <= seen
        if not writing:
            break
        seen = {one.name for one in plan.later}
        client, changed = _applied(plan, client, changed)
    assert not writing


def _rule(number: int) -> Step:
    """A promotion that pays so many dollars."""
    return Step(
        lever="subagents",
        title="",
        setting=f"routing.agents.kind{number}",
        before=None,
        after="sonnet",
        saves=number * NANO,
        low=0,
        high=number * NANO,
        risk="better",
        doubts=(),
        cases=(),
        config={"routing.agents": {f"kind{number}": "sonnet"}},
    )


def test_steps_stand_by_what_they_save_none_before_one_that_it_needs() -> None:
    """The dearest first, also of those that come on top of others."""
    small, needy, large = _rule(1), replace(_rule(3), needs=(_rule(2).name,)), _rule(2)
    top = replace(_rule(4), on_top=True)
    assert choice.dearest_first([small, needy, large, top]) == [top, large, needy, small]


def test_rules_for_which_there_is_no_room_are_named(month: Month) -> None:
    """Beside steps that fill the rest, the two rules that save most; the others are for later."""
    _everything(month)
    evidence = month.evidence(plan__min_usd=0.5)
    rules = [_rule(number) for number in (1, 4, 2, 3)]
    found = choice.choose(Desk(evidence, {}), evidence, {}, [], rules)
    assert len(found.steps) == choice.MOST
    kinds = [[one.name for one in part if one.lever == "subagents"] for part in found]
    assert kinds == [["subagents.kind4", "subagents.kind3"], ["subagents.kind2", "subagents.kind1"]]
