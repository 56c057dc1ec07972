"""What is said of what is in force already."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from cheaproute.money import NANO
from cheaproute.plan import look, standing
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Step
from cheaproute.plan.sums import Sums

NOTHING = Plan(0, 30, 9 * NANO, 0, 0, {}, (), 0, 0, 0, ())
LEVERS = Plan(0, 30, 9 * NANO, 0, 0, {}, (), 0, 0, 0, (), held=("window",), held_nano=2 * NANO)
OF_LEVERS = Sums(9 * NANO, 2 * NANO)


def test_one_list_names_all_that_holds() -> None:
    """What `plan apply` wrote beside the main loop's levers, too; one undone by hand is none."""
    applied = ["window", "cache", "agents-cache"]
    assert standing.sentence(LEVERS, OF_LEVERS, applied).startswith(
        "in force already: window; with it these days would have cost $7.00 by what is set now,"
        " $2.00 less than their bill of $9.00; and agents-cache. The steps"
    )
    assert standing.sentence(NOTHING, Sums(9 * NANO), applied).startswith(
        "in force already: agents-cache. The"
    )
    assert standing.sentence(NOTHING, Sums(9 * NANO)) == ""


def test_what_costs_more_says_why_and_the_way_out() -> None:
    """What Claude Code does by itself is told in words, with the setting that does otherwise."""
    dear = Sums(9 * NANO, -2 * NANO)
    plan = replace(LEVERS, held=("cache",), held_nano=-2 * NANO, by_itself=("cache",))
    said = standing.harm(plan, dear, undo=False)
    assert said.startswith(
        "These days would have cost $11.00 by what is set now, $2.00 more than their bill of $9.00:"
        " with an API key the main loop's cache lives five minutes, and on these days it lived"
        " longer"
    )
    assert '`"promptCacheTtl": "1h"` in Claude Code\'s settings.json' in said
    assert standing.sentence(plan, dear) == ""  # it is said already
    assert standing.dearer(plan) == (
        "By what is set now they would have cost more, for with an API key the main loop's cache"
        " lives five minutes, and on these days it lived longer."
    )
    assert standing.dearer(replace(plan, by_itself=())) == ""
    step = Step("cache", "t", "promptCacheTtl", None, "1h", 5, 4, 6, "r", (), ())
    assert "which is the step `cache`" in standing.harm(
        replace(plan, steps=(step,)), dear, undo=False
    )
    both = replace(plan, held=("window", "cache"))
    by_hand = standing.harm(both, dear, undo=False)
    assert "window, set by hand: what sets it is autoCompactWindow, plan.window_tokens" in by_hand
    assert "promptCacheTtl" in by_hand
    assert "window, which `cheaproute plan undo` takes back" in standing.harm(both, dear, undo=True)
    assert standing.harm(LEVERS, OF_LEVERS, undo=True) == ""


def test_the_sum_is_said_without_a_step_that_is_idle_on_the_users_model() -> None:
    """Prompts for Sonnet gain nothing where Sonnet is what sessions run on; no other is named."""
    step = Step("main-model", "t", "routing.main", "off", "auto", 5, 4, 6, "r", (), ())
    plan = replace(NOTHING, steps=(step,), spent=100 * NANO)
    left = (20 * NANO, 10 * NANO, 30 * NANO)
    said = "Without main-model, for who stays on claude-sonnet-5-5:"
    for shares, sums in (
        (False, "$20.00 less ($10.00 to $30.00)."),
        (True, "20 % less (10 % to 30 %)."),
    ):
        told = standing.without(plan, "claude-sonnet-5-5", left, 100, shares=shares)
        assert list(told) == [f"{said} {sums}"]
    dear = (-6 * NANO, -53 * NANO, 38 * NANO)
    (line,) = standing.without(plan, "claude-sonnet-5-5", dear, 200, shares=True)
    assert line == f"{said} 6 % more (from 53 % more to 38 % less)."
    alone = standing.stays(plan, "claude-sonnet-5-5", None)
    assert alone == "Who stays on claude-sonnet-5-5 gains nothing by main-model."
    assert not standing.stays(plan, "claude-opus-5-5", left)
    for other, known in (("claude-opus-5-5", left), ("claude-sonnet-5-5", None)):
        assert not list(standing.without(plan, other, known, 100, shares=False))


def test_what_is_left_is_of_the_steps_that_do_not_need_the_idle_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Replayed as one, without the step that gains nothing and those that pay only with it."""
    one = Step("main-model", "t", "routing.main", "off", "auto", 5, 4, 6, "r", (), ())
    other, with_it = replace(one, lever="cache"), replace(one, lever="window")
    plan = replace(NOTHING, steps=(one, other, replace(with_it, needs=("main-model",))))
    asked: list[list[str]] = []

    def together(*found: list[str]) -> tuple[tuple[int, int, int], None]:
        asked.append(found[-1])
        return (3, 2, 4), None

    monkeypatch.setattr(look, "together", together)
    with closing(sqlite3.connect(":memory:")) as db:
        span = look.Span(0, 30)
        assert look.without(db, {}, {}, span, plan, "claude-sonnet-5-5") == (3, 2, 4)
        assert look.without(db, {}, {}, span, plan, "claude-opus-5-5") is None
        alone = replace(plan, steps=(one,))
        assert look.without(db, {}, {}, span, alone, "claude-sonnet-5-5") is None
    assert asked == [["cache"]]
