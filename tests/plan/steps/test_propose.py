"""Tune finds what was planted in a made month, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cheaproute.plan.replay import main_loop
from cheaproute.plan.steps import main_model, propose
from tests.plan import month as made
from tests.plan.month import HAIKU, OPUS, SONNET, Month

PLANTS: dict[str, tuple[Callable[[Month], None], str, dict[str, object]]] = {
    "failing_category": (
        made.failing_category,
        "promote",
        {"routing.categories": {"summarise": "sonnet"}},
    ),
    "wasteful_agent": (made.wasteful_agent, "demote", {"routing.agents": {"log-reader": "haiku"}}),
    "loose_cap": (made.loose_cap, "cap", {"cap.month_usd": 50}),
    "everyday_opus": (made.everyday_opus, "main loop", {}),
}


def test_noise_is_no_reason_to_change_anything(month: Month) -> None:
    """Rare repeats, fan-outs, few cases, hard work on Opus: no proposal."""
    made.noise(month)
    assert propose.propose(month.evidence()) == []


@pytest.mark.parametrize("plant", PLANTS)
def test_one_planted_truth_is_found_alone(month: Month, plant: str) -> None:
    """Each truth, planted in the noise, is the only proposal."""
    put, kind, changes = PLANTS[plant]
    made.noise(month)
    put(month)
    found = propose.propose(month.evidence())
    assert [one.kind for one in found] == [kind]
    if kind != "cap":
        assert found[0].changes == changes
        assert 0 <= found[0].low <= found[0].hits / found[0].samples <= found[0].high <= 1


def test_all_planted_truths_are_found_and_no_other(month: Month) -> None:
    """Together they do not hide one another."""
    made.noise(month)
    for put, _, _ in PLANTS.values():
        put(month)
    found = propose.propose(month.evidence())
    assert sorted(one.kind for one in found) == ["cap", "demote", "main loop", "promote"]
    changes = propose.changes(found)
    assert changes["routing.categories"] == {"summarise": "sonnet"}
    assert changes["routing.agents"] == {"log-reader": "haiku"}


def test_a_rule_that_stands_is_not_proposed_again(month: Month) -> None:
    """What the present rules already do needs no proposal."""
    made.wasteful_agent(month)
    made.failing_category(month)
    rules = {
        "routing__agents": {"log-reader": "haiku"},
        "routing__categories": {"summarise": "sonnet"},
    }
    assert propose.propose(month.evidence(**rules)) == []


def test_the_expected_saving_is_what_the_cheaper_model_costs_less(month: Month) -> None:
    """Twenty runs of three calls each, priced by hand, scaled to thirty days."""
    made.wasteful_agent(month)
    (found,) = propose.propose(month.evidence())
    # input 60, output 2,400, 1-hour writes 21,000, reads 30,000; per million tokens
    opus = 60 * 4_000 + 2_400 * 20_000 + 21_000 * 8_000 + 30_000 * 200
    haiku = 60 * 100 + 2_400 * 500 + 21_000 * 200 + 30_000 * 10
    days = month.evidence().days
    assert found.month_nano == round(20 * (opus - haiku) * 30 / days)


def test_runs_whose_tools_nobody_saw_are_no_evidence(month: Month) -> None:
    """A transcript that is gone does not say that nothing was changed."""
    for number in range(20):
        columns = {"agent_type": "log-reader", "category": "read", "tier": "haiku", "tools": 0}
        month.sent(number, OPUS, **columns, action="pinned")
    assert propose.propose(month.evidence()) == []


def test_imported_history_counts_where_an_agent_was_pinned(month: Month) -> None:
    """No hook noted anything; the agent ran on Opus in sessions on Sonnet, so its file pins it."""
    for number in range(20):
        session, at_ms = month.session(number), month.at(number)
        month.call(at_ms - 1_000, SONNET, session)
        columns = {"agent_type": "log-reader", "category": "read", "tier": "haiku"}
        month.sent(number, OPUS, **columns, action="", instead="", routed="")
    (found,) = propose.propose(month.evidence())
    assert found.changes == {"routing.agents": {"log-reader": "haiku"}}


def test_a_good_flag_outweighs_a_repeat(month: Month) -> None:
    """The user's word is the last one."""
    for number in range(12):
        month.sent(1 + number, HAIKU, category="summarise", tier="haiku", flag="good")
        month.again(101 + number, 1 + number, SONNET, category="summarise", tier="haiku")
    assert propose.propose(month.evidence()) == []


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


def test_quality_keeps_opus_for_what_needs_it(month: Month) -> None:
    """Planned calls and hard prompts stay on Opus; the switch between them is paid for."""
    month.turn(1, "architecture", "opus")
    month.turn(2, "search", "haiku")
    hard, easy = (
        sum(spent.cost or 0 for spent in turn.calls)
        for turn in sorted(month.evidence().turns, key=lambda turn: turn.tier, reverse=True)
    )
    assert main_loop.cost_of(month.evidence(), "quality") == hard + easy // 2
    month.db.execute("INSERT INTO turn(session, ts_ms, kind) VALUES(2, ?, 'plan')", (month.at(2),))
    assert main_loop.cost_of(month.evidence(), "quality") == hard + easy


def test_everyday_share_counts_prompts_on_opus_only(month: Month) -> None:
    """Sonnet's turns are no waste of Opus; a prompt that says nothing goes with the one before."""
    for number in range(4):
        month.turn(number, "search", "haiku", model=SONNET)
        month.turn(100 + number, "search", "haiku", model=OPUS)
    session = month.session(100)
    month.db.execute(
        "INSERT INTO turn VALUES(?, ?, 'prompt', 'other', 'sonnet', 0.5)",
        (session, month.at(100) + 600_000),
    )
    month.call(month.at(100) + 660_000, OPUS, session)
    seen = main_model.share(month.evidence())
    assert (seen.turns, seen.everyday) == (5, 5)
