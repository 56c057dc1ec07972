"""Agents that the client finds where we do not look, or reads as we do not: left as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from tests.api import Reply, Request, Script, Tool
from tests.e2e.client import CLASSIC, NEWEST, OLDEST
from tests.e2e.session import Machine
from tests.e2e.test_routing import HARD, SEARCH, dispatch, first_text
from tests.marks import in_long

HEAD = "---\nname: {}\ndescription: does it\nmodel: opus\n---\nBe careful.\n"
FORMS = {
    "quoted": '---\n"name": quoted\n"description": does it\n"model": opus\n---\nBe careful.\n',
    "flow": "---\n{name: flow, description: does it, model: opus}\n---\nBe careful.\n",
    "lengthy": "---\nname: lengthy\ndescription: "
    + "it does. " * 700
    + "\nmodel: opus\n---\nHi.\n",
    "folded": "---\nname: folded\ndescription: does it\nmodel: >-\n  opus\n---\nBe careful.\n",
    "linked": HEAD.format("linked"),
    "twice": HEAD.format("twice"),
    "noted": HEAD.format("noted"),
    "told": "",
    "added": HEAD.format("added"),
}
TOLD = {"told": {"description": "does it", "prompt": "Be careful.", "model": "opus"}}


def plan() -> list[Tool]:
    """One search for each form."""
    return [dispatch(f"MARK-{kind}.", SEARCH, subagent_type=kind) for kind in FORMS]


def prepare(machine: Machine) -> list[str]:
    """Write the agents, each in its form; the client's further words."""
    own, project = ".claude/agents", "../project/.claude/agents"
    for kind in ("quoted", "flow", "lengthy", "folded"):
        machine.write(f"{own}/{kind}.md", FORMS[kind])
    machine.write("dotfiles/linked.md", FORMS["linked"])
    link = f"{machine.home}/{own}/shared"
    if not os.path.lexists(link):
        os.symlink(f"{machine.home}/dotfiles", link)
    machine.write(f"{project}/twice.md", "---\nname: twice\ndescription: does it\n---\nHi.\n")
    machine.write(f"{project}/zz.md", FORMS["twice"])
    machine.write(f"{own}/noted.md", FORMS["noted"])
    machine.write(f"{project}/noted.md", "# Notes\nNothing but notes.\n")
    machine.write("extra/.claude/agents/added.md", FORMS["added"])
    return ["--agents", json.dumps(TOLD), "--add-dir", f"{machine.home}/extra"]


def models(machine: Machine, *, plugin: bool) -> dict[str, set[str]]:
    """What each form's subagent ran on, those that the client knows at all."""
    tools = plan()

    def script(request: Request) -> Reply:
        if any(f"MARK-{kind}." in first_text(request) for kind in FORMS):
            return Reply("Found nothing.")
        if request.tool_results < len(tools):
            return Reply("", tools=[tools[request.tool_results]])
        return Reply("All done.")

    machine.api.script = script
    result = machine.run("Do it all", *prepare(machine), model="opus", plugin=plugin)
    assert result.text == "All done."
    ran = {
        kind: {r.model for r in machine.api.calls if f"MARK-{kind}." in first_text(r)}
        for kind in FORMS
    }
    return {kind: found for kind, found in ran.items() if found}


EVERY = pytest.mark.parametrize(
    "version",
    [*map(in_long, (OLDEST, CLASSIC)), NEWEST],
)


@pytest.mark.long
@EVERY
def test_what_cannot_be_placed_is_left_alone(machine: Machine) -> None:
    """Each form that the client takes for an agent runs on what it runs on without us."""
    own = models(machine, plugin=False)
    machine.api.requests.clear()
    assert models(machine, plugin=True) == own
    assert {"quoted", "lengthy", "twice", "noted"} <= set(own)
    assert all("opus" in model for ran in own.values() for model in ran), own


@EVERY
def test_an_agent_of_the_main_checkout(machine: Machine) -> None:
    """In a worktree the client may find agents in the main checkout: they run on their model."""
    main, tree = f"{machine.home}/main", f"{machine.home}/tree"
    machine.write("main/.claude/agents/tree.md", HEAD.format("tree").replace("opus", "sonnet"))
    git = ["git", "-C", main, "-c", "user.name=u", "-c", "user.email=u@example.com"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "a"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "worktree", "add", "-q", tree], check=True, capture_output=True)
    inside = Machine(machine.home, tree, machine.claude, machine.api)

    def ran(*, plugin: bool) -> set[str]:
        tool = dispatch("MARK-TREE.", SEARCH, subagent_type="tree")
        machine.api.script = once(tool, "MARK-TREE.")
        machine.api.requests.clear()
        inside.run("Do it", model="opus", plugin=plugin)
        return {r.model for r in machine.api.calls if "MARK-TREE." in first_text(r)}

    assert ran(plugin=True) == ran(plugin=False)


@EVERY
@pytest.mark.parametrize("value", [in_long("inherit"), in_long("default")])
def test_a_variable_that_pins_nothing(machine: Machine, value: str) -> None:
    """The agent's own model stands; a lookup of an agent without one stays or goes to Haiku."""
    machine.write(".claude/agents/careful.md", HEAD.format("careful"))
    tools = [
        dispatch("MARK-PIN.", SEARCH, subagent_type="careful"),
        dispatch("MARK-NONE.", SEARCH, subagent_type="general-purpose"),
    ]

    def script(request: Request) -> Reply:
        if any(mark in first_text(request) for mark in ("MARK-PIN.", "MARK-NONE.")):
            return Reply("Found nothing.", delay_s=0.2)
        if request.tool_results < len(tools):
            return Reply("", tools=[tools[request.tool_results]], delay_s=0.2)
        return Reply("All done.")

    def ran(*, plugin: bool) -> list[set[str]]:
        machine.api.script = script
        machine.api.requests.clear()
        machine.run("Do it", model="opus", plugin=plugin, CLAUDE_CODE_SUBAGENT_MODEL=value)
        marks = ("MARK-PIN.", "MARK-NONE.")
        return [{r.model for r in machine.api.calls if mark in first_text(r)} for mark in marks]

    own_pinned, own = ran(plugin=False)
    pinned, free = ran(plugin=True)
    assert pinned == own_pinned
    # Some clients send "default" as if it were a model's name: that stays, too.
    assert free == own or all("haiku" in model for model in free), free


@EVERY
def test_an_agent_that_is_woken_for_hard_work(machine: Machine) -> None:
    """It was sent to Haiku for a lookup; what it is told later never runs there."""
    tool = dispatch("MARK-WAKE.", SEARCH, subagent_type="general-purpose")

    def script(request: Request) -> Reply:
        if "MARK-WAKE." in first_text(request):
            return Reply("Found nothing.", delay_s=0.2)
        if not request.tool_results:
            return Reply("", tools=[tool], delay_s=0.2)
        agent = re.search(r"agentId: (\w+)", request.text)
        if request.tool_results == 1 and agent:
            words = {"to": agent[1], "message": HARD + "MARK-HARD.", "summary": "more"}
            return Reply("", tools=[Tool("SendMessage", words)])
        return Reply("All done.", delay_s=1)

    machine.api.script = script
    machine.run("Do it", model="opus")
    agent = [r for r in machine.api.calls if "MARK-WAKE." in first_text(r)]
    assert agent
    woken = [r.model for r in agent if "MARK-HARD." in r.text]
    assert not any("haiku" in model for model in woken), woken


def once(tool: Tool, mark: str) -> Script:
    """One subagent, then an end."""

    def script(request: Request) -> Reply:
        if mark in first_text(request):
            return Reply("Found nothing.")
        return Reply("", tools=[tool]) if not request.tool_results else Reply("All done.")

    return script


@EVERY
def test_a_named_agent_is_left_alone(machine: Machine, version: str) -> None:
    """It gets more work by message, and nobody knows which."""
    if version == OLDEST:
        pytest.skip("there Explore is the client's own Haiku")
    tool = dispatch("MARK-NAMED.", SEARCH, name="mate")

    def script(request: Request) -> Reply:
        if "MARK-NAMED." in first_text(request):
            return Reply("Found nothing.")
        return Reply("", tools=[tool]) if not request.tool_results else Reply("All done.")

    machine.api.script = script
    machine.run("Do it", model="opus")
    # Which Opus `opus` is, is the client's own matter.
    assert all("opus" in r.model for r in machine.api.calls if "MARK-NAMED." in first_text(r))
