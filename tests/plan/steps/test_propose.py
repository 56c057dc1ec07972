"""The plan finds what was planted in a made month, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cheaproute.plan.evidence.decided import MANAGED
from cheaproute.plan.steps import propose
from cheaproute.plan.steps.step import Step
from tests.plan import month as made
from tests.plan.month import HAIKU, OPUS, SONNET, Month, long_session

PLANTS: dict[str, tuple[Callable[[Month], None], str, dict[str, object]]] = {
    "failing_category": (
        made.failing_category,
        "subagents.summarise",
        {"routing.categories": {"summarise": "sonnet"}},
    ),
    "wasteful_agent": (
        made.wasteful_agent,
        "subagents.log-reader",
        {"routing.agents": {"log-reader": "haiku"}},
    ),
    "everyday_opus": (made.everyday_opus, "main-model", {"routing.main": "auto"}),
}


# The month's calls are a minute apart, and cached for an hour: that alone is a step.
SET: dict[str, object] = {
    "promptCacheTtl": "5m",
    "subagentPromptCacheTtl": "5m",
}


def steps(month: Month, **changed: object) -> list[Step]:
    """The steps of the month's plan, the cache's life apart; those for quality last."""
    plan = propose.propose(month.evidence(**changed), SET)
    assert all(one.low >= 0 for one in plan.steps)
    assert all(one.low < 0 for one in plan.better)
    return [*plan.steps, *plan.better]


def test_noise_is_no_reason_to_change_anything(month: Month) -> None:
    """Rare repeats, fan-outs, few cases, hard work on Opus: no step."""
    made.noise(month)
    assert steps(month) == []


@pytest.mark.parametrize("plant", PLANTS)
def test_one_planted_truth_is_found_alone(month: Month, plant: str) -> None:
    """Each truth, planted in the noise, is the only step."""
    put, name, changes = PLANTS[plant]
    made.noise(month)
    put(month)
    (found,) = steps(month)
    assert found.name == name
    assert found.config == changes
    assert found.low <= found.saves <= found.high
    assert found.cases


def test_a_rule_of_the_user_s_own_is_no_step_down(month: Month) -> None:
    """Whoever wrote that an agent runs on Opus is not told to take that back."""
    made.wasteful_agent(month)
    assert [one.name for one in steps(month)] == ["subagents.log-reader"]
    assert steps(month, routing__agents={"log-reader": "opus"}) == []


def test_all_planted_truths_are_found_and_no_other(month: Month) -> None:
    """Together they do not hide one another."""
    made.noise(month)
    for put, _, _ in PLANTS.values():
        put(month)
    found = steps(month)
    assert sorted(one.name for one in found) == sorted(name for _, name, _ in PLANTS.values())
    settings, config = propose.changes(found)
    assert settings == {}
    assert config["routing.categories"] == {"summarise": "sonnet"}
    assert config["routing.agents"] == {"log-reader": "haiku"}


def test_a_rule_that_stands_is_not_proposed_again(month: Month) -> None:
    """What the present rules already do needs no step."""
    made.wasteful_agent(month)
    made.failing_category(month)
    rules = {
        "routing__agents": {"log-reader": "haiku"},
        "routing__categories": {"summarise": "sonnet"},
    }
    assert steps(month, **rules) == []


def test_the_expected_saving_is_what_the_cheaper_model_costs_less(month: Month) -> None:
    """Twenty runs of three calls each, priced by hand."""
    made.wasteful_agent(month)
    (found,) = steps(month)
    # input 60, output 2,400, 1-hour writes 21,000, reads 30,000; per million tokens
    opus = 60 * 4_000 + 2_400 * 20_000 + 21_000 * 8_000 + 30_000 * 200
    haiku = 60 * 100 + 2_400 * 500 + 21_000 * 200 + 30_000 * 10
    assert found.saves == 20 * (opus - haiku)


def test_runs_whose_tools_nobody_saw_are_no_evidence(month: Month) -> None:
    """A transcript that is gone does not say that nothing was changed."""
    for number in range(20):
        columns = {"agent_type": "log-reader", "category": "read", "tier": "haiku", "tools": 0}
        month.sent(number, OPUS, **columns, action="pinned")
    assert steps(month) == []


def test_imported_history_counts_where_an_agent_was_pinned(month: Month) -> None:
    """No hook noted anything; the agent ran on Opus in sessions on Sonnet, so its file pins it."""
    for number in range(20):
        session, at_ms = month.session(number), month.at(number)
        month.call(at_ms - 1_000, SONNET, session)
        columns = {"agent_type": "log-reader", "category": "read", "tier": "haiku"}
        month.sent(number, OPUS, **columns, action="", instead="", routed="")
    (found,) = steps(month)
    assert found.config == {"routing.agents": {"log-reader": "haiku"}}


def test_a_good_flag_outweighs_a_repeat(month: Month) -> None:
    """The user's word is the last one."""
    for number in range(12):
        month.sent(1 + number, HAIKU, category="summarise", tier="haiku", flag="good")
        month.again(101 + number, 1 + number, SONNET, category="summarise", tier="haiku")
    assert steps(month) == []


def test_the_main_loop_doing_it_over_is_trouble(month: Month) -> None:
    """Reading through the subagent's files itself counts, reading what it then edits does not."""
    for number in range(1, 3):
        month.sent(number, HAIKU, category="read", tier="haiku")
        session, at_ms = month.session(number), month.at(number)
        for target in range(5):
            row = (session, f"s{number}{target}", f"a{number}", at_ms + 1, "Read", 7 + target, 0)
            again = (session, f"m{number}{target}", "", at_ms + 40_000, "Read", 7 + target, 0)
            edit = (session, f"e{number}{target}", "", at_ms + 41_000, "Edit", 7 + target, 1)
            for one in (row, again, *([edit] if number == 2 else [])):
                month.db.execute(
                    "INSERT INTO tool(session, id, agent, ts_ms, name, target, changes)"
                    " VALUES(?, ?, ?, ?, ?, ?, ?)",
                    one,
                )
    words = {sent.id: sent.trouble for sent in month.evidence().dispatches}
    assert words == {"toolu_1": "redone", "toolu_2": ""}


def test_long_contexts_ask_for_a_window(month: Month) -> None:
    """One number, 33,000 above where it acts; where it is set already it is not asked for."""
    for number in range(10):
        long_session(month, number)
    plan = propose.propose(month.evidence(), SET)
    (found,) = plan.steps
    assert found.name == "window"
    tokens = found.config["plan.window_tokens"]
    assert found.settings == {"autoCompactWindow": int(str(tokens)) + 33_000}
    assert 0 < found.low <= found.saves <= found.high <= plan.spent
    assert (plan.saves, plan.low, plan.high) == (found.saves, found.low, found.high)
    assert propose.propose(month.evidence(), SET | dict(found.settings)).steps == ()


def test_together_is_replayed_and_not_added_up(month: Month) -> None:
    """A window and a hand-over save on the same tokens; one window is written for both."""
    for number in range(10):
        long_session(month, number, pause=1_200)
        long_session(month, 100 + number, pause=1_200, calls=25)
    plan = propose.propose(month.evidence(), SET)
    names = {one.name for one in plan.steps}
    assert {"window", "cold-return"} <= names
    assert max(one.saves for one in plan.steps) < plan.saves < sum(s.saves for s in plan.steps)
    assert plan.low <= plan.saves <= plan.high <= plan.spent
    settings, config = propose.changes(plan.steps)
    cold, window = int(str(config["plan.cold_tokens"])), int(str(config["plan.window_tokens"]))
    assert settings["autoCompactWindow"] == max(100_000, min(cold, window) + 33_000)
    assert config["plan.cold_return"] == "ask"


def test_short_pauses_ask_for_pings_and_long_ones_do_not(month: Month) -> None:
    """Back after 70 minutes each time: the hour's cache is kept; back after a day: never."""
    for number in range(12):
        session, at_ms = month.session(number), month.at(number)
        month.call(at_ms, OPUS, session, write_1h=90_000, read=0)
        for place in range(1, 6):
            month.call(at_ms + place * 70 * 60_000, OPUS, session, write_1h=90_000, read=0)
    (found,) = propose.propose(month.evidence(), {"promptCacheTtl": "1h"}).steps
    assert found.name == "keep-warm"
    assert found.settings == {"idleCompaction": False}
    assert found.risk.startswith("none for the answers")
    decided = {"promptCacheTtl": "1h", "idleCompaction": True, MANAGED: ["idleCompaction"]}
    steps = propose.propose(month.evidence(), decided).steps
    assert "keep-warm" not in {one.name for one in steps}


def test_a_plan_is_never_more_than_was_spent(month: Month) -> None:
    """Whatever the levers say of themselves."""
    made.noise(month)
    for put, _, _ in PLANTS.values():
        put(month)
    long_session(month, 9_000, pause=30)
    plan = propose.propose(month.evidence(), SET)
    assert plan.spent == sum(month.evidence().before.values())
    assert 0 <= plan.low <= plan.saves <= plan.high <= plan.spent


def test_subagents_that_never_pause_need_no_hours_cache(month: Month) -> None:
    """Their calls are seconds apart: what was written for an hour costs less for five minutes."""
    for number in range(40):
        month.sent(number, OPUS, category="implement", tier="opus", edits=3, action="pinned")
    (found,) = propose.propose(month.evidence(), {"promptCacheTtl": "5m"}).steps
    assert found.settings == {"subagentPromptCacheTtl": "5m"}
    assert found.saves == 40 * 21_000 * (8_000 - 5_000)


def test_what_is_in_no_sum_takes_nothing_from_another_step(month: Month) -> None:
    """The cache of subagents under a rule for quality alone is saved on as the rest's."""
    made.failing_category(month)
    for number in range(40):
        month.sent(number, OPUS, category="implement", tier="opus", edits=3, action="pinned")
    plan = propose.propose(month.evidence(), {"promptCacheTtl": "5m"})
    (found,) = plan.steps
    assert [one.name for one in plan.better] == ["subagents.summarise"]
    assert found.alone is not None
    assert found.saves == found.alone[0] == plan.saves


def test_where_nothing_can_choose_a_model_the_user_is_told_how(month: Month) -> None:
    """No setting is written that would do nothing; the figure stands for a habit."""
    made.everyday_opus(month)
    (found,) = propose.propose(month.evidence(), SET | {"mod.enabled": False}).steps
    assert (found.lever, found.setting, found.after) == ("main-model", "/model", "sonnet")
    assert (dict(found.settings), dict(found.config)) == ({}, {})


def test_haiku_sums_up_where_that_is_cheaper(month: Month) -> None:
    """Beside a window, where it saves enough; what it gives is counted on top of the window."""
    for number in range(40):
        long_session(month, number)
    plan = propose.propose(month.evidence(plan__min_usd=0.1), SET)
    window, author = plan.steps
    assert (window.name, author.name) == ("window", "handover")
    assert author.config == {"plan.handover": "cheaper"}
    assert 0 < author.saves < window.saves
    assert plan.saves == window.saves + author.saves
