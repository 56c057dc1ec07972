"""The guide's `route_model`, line by line as the guide has it."""

from __future__ import annotations

import pytest

from cheaproute import route_model
from cheaproute.cli.main import main
from cheaproute.config import table
from cheaproute.guide import route_decision

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


@pytest.mark.parametrize(
    "task",
    [
        "Read config.yml and tell me the port",
        "Summarise this document",
        "Reformat this JSON",
        "Check the syntax of deploy.sh",
        "Generate boilerplate for a REST controller",
        "Write a status message for the team",
        "hello there",
    ],
)
def test_cheap_work_goes_to_haiku(task: str) -> None:
    """File reads, summaries, reformatting, syntax checks, boilerplate, status; and the rest."""
    assert route_model(task) == HAIKU


@pytest.mark.parametrize(
    "task",
    [
        "Decide on the architecture of the payment service",
        "Debug the intermittent deadlock in the scheduler",
        "Work out step by step why the totals differ between the two reports",
        "There is no spec for refunds: decide what the business logic should be",
        "just quickly find out why prod deadlocks",
        "用自己的话说明一下这个",
    ],
)
def test_reasoning_goes_to_sonnet(task: str) -> None:
    """Architecture, complex debugging, multi-step reasoning, undefined business logic."""
    assert route_model(task) == SONNET


def test_opus_only_where_the_config_turns_it_on() -> None:
    """The guide knows two models; a setting adds the third."""
    task = "Find the root cause of the data race in our consensus protocol"
    assert route_model(task) == SONNET
    assert main(["config", "set", "routing.guide_opus", "true"]) == 0
    assert route_model(task) == OPUS
    assert route_model("Fix the failing test") == SONNET


def test_the_guides_own_ids_work() -> None:
    """Model ids are config, never code."""
    assert main(["config", "set", "models.haiku", "claude-haiku-4-5-20251001"]) == 0
    assert route_model("Summarise this document") == "claude-haiku-4-5-20251001"


@pytest.mark.parametrize("task", ["", "hello", "Fix the bug", "Prove the algorithm correct"])
def test_every_decision_has_a_reason(task: str) -> None:
    """Also the catch-all."""
    assert route_decision(task, table.defaults()).reason


def test_the_catch_all_is_for_short_texts() -> None:
    """A long text in which nothing is recognised is not called unremarkable."""
    assert route_decision("qwx " * 200, table.defaults()).tier == "sonnet"
