"""Every way of calling on and on, in the real client: the call that passes the cap is the last.

Calls of $0.20, a cap of $0.50: three calls are allowed, for the third one passes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.api import Api, Reply, Request, Tool
from tests.e2e import client, scripts
from tests.e2e.session import Machine
from tests.e2e.ways import ALLOWED, MARK, USAGE, Answers
from tests.e2e.ways_scripts import workflow


def tools(_machine: Machine) -> Answers:
    """A loop of tool calls."""
    return scripts.endless(USAGE)


def stops(machine: Machine) -> Answers:
    """A Stop hook of somebody else's that never lets a turn end."""
    block = """echo '{"decision": "block", "reason": "keep going"}'"""
    hook = {"hooks": [{"type": "command", "command": block}]}
    machine.write(".claude/settings.json", json.dumps({"hooks": {"Stop": [hook]}}))
    return lambda _request: Reply("Answer.", usage=USAGE)


def documents(machine: Machine) -> Answers:
    """Batches whose event is of 16 MB: four PDFs, read again and again."""
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    paths = [os.path.join(machine.project, f"{n}.pdf") for n in range(4)]
    for path in paths:
        with open(path, "wb") as file:
            file.write(head + os.urandom(3_000_000) + b"\ntrailer<</Root 1 0 R>>\n%%EOF")
    reads = [Tool("Read", {"file_path": path}) for path in paths]

    def script(request: Request) -> Reply:
        return Reply("", reads, USAGE) if request.tool_results < 40 else Reply("End.")

    return script


def odd_rows(_machine: Machine) -> Answers:
    """A gateway whose usage no reader expects."""
    odd = {**USAGE, "iterations": 1, "cache_read_input_tokens": 18_446_744_073_709_551_000}
    return scripts.endless(odd)


def messages(_machine: Machine) -> Answers:
    """A subagent that is woken again and again."""
    agent = scripts.agent("Find x", "Root-cause the deadlock.")
    again = Tool("SendMessage", {"to": "Find x", "message": "again", "summary": "again"})

    def main(request: Request) -> Reply:
        if request.tool_results > 20:
            return Reply("End.")
        return Reply("", [again if request.tool_results else agent], USAGE)

    return scripts.conversations(main, lambda _request: Reply("Found.", usage=USAGE), MARK)


# Those that the cap has room for: of the next, too, the module knows what it costs.
FITTING = ALLOWED - 1
WAYS = [tools, stops, documents, odd_rows, messages]


def made(machine: Machine, api: Api, way: Callable[[Machine], Answers], *options: str) -> int:
    """How many calls a run in this way makes under the cap; the API takes a while for each."""
    machine.cheaproute("cap", "set", "0.50")
    script = way(machine)
    api.script = lambda request: replace(script(request), delay_s=0.3)
    machine.run(MARK, *options, CLAUDE_CODE_STOP_HOOK_BLOCK_CAP="1000")
    return len(api.calls)


@pytest.mark.parametrize("version", [client.CLASSIC])
@pytest.mark.parametrize("way", [tools, stops], ids=lambda way: way.__name__)
def test_by_hooks_alone_the_call_that_passes_the_cap_is_the_last(
    machine: Machine, api: Api, way: Callable[[Machine], Answers]
) -> None:
    """A client without modules: each of its events after which it may call again is a gate."""
    assert made(machine, api, way) == ALLOWED
    assert machine.costs()["total_usd"] == pytest.approx(0.2 * ALLOWED, abs=1e-6)


@pytest.mark.parametrize("version", [client.CLASSIC])
def test_without_a_transcript_the_first_call_is_the_last(machine: Machine, api: Api) -> None:
    """What cannot be counted is stopped where a cap is set, as soon as that can be seen."""
    assert made(machine, api, tools, "--no-session-persistence") == 1
    assert machine.costs()["lower_bound"]


@pytest.mark.long
@pytest.mark.parametrize("version", [client.OLDEST, client.CLASSIC, client.NEWEST])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_of_going_on_ends_at_the_cap(
    machine: Machine, api: Api, way: Callable[[Machine], Answers]
) -> None:
    """Whatever continues the turn, in the oldest client, the last without modules, the newest."""
    assert made(machine, api, way) <= ALLOWED


@pytest.mark.long
@pytest.mark.parametrize("version", [client.NEWEST])
def test_with_the_module_a_workflow_ends_at_the_cap_between_its_agents(
    machine: Machine, api: Api
) -> None:
    """No classic hook stands there: without the module it runs to its end (see hooks/README)."""
    assert made(machine, api, workflow) == FITTING


@pytest.mark.long
@pytest.mark.parametrize("version", [client.NEWEST])
def test_with_the_module_a_session_without_a_transcript_is_capped_as_any(
    machine: Machine, api: Api
) -> None:
    """It is counted request by request."""
    assert made(machine, api, tools, "--no-session-persistence") == FITTING
    assert machine.costs()["total_usd"] == pytest.approx(0.2 * FITTING, abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("version", [client.CLASSIC, client.FIRST_MODULE, client.NEWEST])
def test_a_command_asks_no_model_for_its_text_past_the_cap(machine: Machine, api: Api) -> None:
    """`/insights` makes eight calls before its prompt is told; what is ours is answered still."""
    used = {"input_tokens": 99_000, "cache_read_input_tokens": 10}  # each is taken for a cheap one
    assert made(machine, api, lambda _machine: scripts.endless(used)) == ALLOWED
    api.script = lambda _request: Reply("{}", usage=USAGE)
    machine.run("/insights", "--continue")
    shown = machine.run("/cheaproute:costs", "--continue")
    assert len(api.calls) == ALLOWED
    assert "By model" in shown.text
