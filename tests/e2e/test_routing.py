"""Routing as the API sees it: which model each subagent's requests really went to."""

from __future__ import annotations

import json

from tests.api import Reply, Request, Tool
from tests.e2e.session import Machine

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
SEARCH = "List every file that mentions the word ledger. Return the file paths and line numbers. "
HARD = "Root-cause the intermittent deadlock between the writer threads and the cache. "


def dispatch(marker: str, task: str, **options: object) -> Tool:
    """An Agent call whose requests are known by `marker`."""
    return Tool(
        "Agent",
        {
            "description": task[:20],
            "prompt": task + marker,
            "subagent_type": "Explore",
            "run_in_background": False,
            **options,
        },
    )


FORK = dispatch("MARK-FORK", "Read the file OTHER.md and summarise it. ", subagent_type="fork")
PLAN = [
    dispatch("MARK-SEARCH", SEARCH),
    dispatch("MARK-AGAIN", SEARCH),
    dispatch("MARK-HARD", HARD, subagent_type="general-purpose"),
    dispatch("MARK-PIN", SEARCH, subagent_type="careful"),
    dispatch("MARK-EXPLICIT", "Read the file NOTES.md and summarise it. ", model="opus"),
]
MARKS = [str(tool.input["prompt"]).rsplit(" ", 1)[1] for tool in PLAN]


def first_text(request: Request) -> str:
    """The user's first message, which in a subagent is its task."""
    return json.dumps(request.body["messages"][0])


def test_each_subagent_runs_on_the_model_it_should(machine: Machine) -> None:
    """Cheap to Haiku, its retry to Sonnet; reasoning, pin and explicit model untouched."""

    def script(request: Request) -> Reply:
        marks = [mark for mark in MARKS if mark in first_text(request)]
        if marks:
            return Reply("I can't do that." if marks == ["MARK-SEARCH"] else "Found nothing.")
        if request.tool_results < len(PLAN):
            return Reply("", tools=[PLAN[request.tool_results]])
        return Reply("All done.")

    machine.api.script = script
    machine.write(
        "../project/.claude/agents/careful.md",
        "---\nname: careful\ndescription: careful\nmodel: opus\n---\nBe careful.\n",
    )
    result = machine.run("Do it all", model="opus")
    assert result.text == "All done."
    seen = {mark: {r.model for r in machine.api.calls if mark in first_text(r)} for mark in MARKS}
    assert seen == {
        "MARK-SEARCH": {HAIKU},
        "MARK-AGAIN": {SONNET},
        "MARK-HARD": {OPUS},
        "MARK-PIN": {OPUS},
        "MARK-EXPLICIT": {OPUS},
    }


def test_a_fork_stays_on_its_parents_model(machine: Machine) -> None:
    """It carries the whole conversation, and its cache, along."""

    def script(request: Request) -> Reply:
        return Reply("", tools=[FORK]) if not request.tool_results else Reply("All done.")

    machine.api.script = script
    machine.run("Fork it", model="opus", CLAUDE_CODE_FORK_SUBAGENT="1")
    assert any("Fork started" in request.text for request in machine.api.calls)
    assert set(machine.api.models) == {OPUS}
