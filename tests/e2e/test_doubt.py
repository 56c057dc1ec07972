"""Agents that the client finds where we do not look, or reads as we do not: left as they are."""

from __future__ import annotations

import json
import os

import pytest

from tests.api import Reply, Request, Tool
from tests.e2e import client
from tests.e2e.session import Machine
from tests.e2e.test_routing import OPUS, SEARCH, dispatch, first_text

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
    os.symlink(f"{machine.home}/dotfiles", f"{machine.home}/{own}/shared")
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


def test_what_cannot_be_placed_is_left_alone(machine: Machine) -> None:
    """Every form the client takes for an agent runs on what its file says, or its parent."""
    found = models(machine, plugin=True)
    assert all(ran == {OPUS} for ran in found.values()), found
    assert {"quoted", "lengthy", "twice", "noted", "told"} <= set(found)


@pytest.mark.long
@pytest.mark.parametrize("version", ["2.1.139", "2.1.270"])
def test_in_older_clients(machine: Machine, version: str) -> None:
    """Likewise, whatever of it they know."""
    machine.claude = client.find(version)
    found = models(machine, plugin=True)
    assert found
    assert all("opus" in model for ran in found.values() for model in ran), found


def test_a_named_agent_is_left_alone(machine: Machine) -> None:
    """It gets more work by message, and nobody knows which."""
    tool = dispatch("MARK-NAMED.", SEARCH, name="mate")

    def script(request: Request) -> Reply:
        if "MARK-NAMED." in first_text(request):
            return Reply("Found nothing.")
        return Reply("", tools=[tool]) if not request.tool_results else Reply("All done.")

    machine.api.script = script
    machine.run("Do it", model="opus")
    assert {r.model for r in machine.api.calls if "MARK-NAMED." in first_text(r)} <= {OPUS}
