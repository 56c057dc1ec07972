"""The module's gate within a turn: what ends it, how soon, and what a script is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_cap_holds import refused_at_the_prompt
from tests.e2e.test_mod_books import run
from tests.marks import in_long

# $0.20 on Opus 5.5.
# A little of it is read from the cache: so the next one is thought to be cheap, and leaves.
DEAR = {"input_tokens": 49_990, "cache_read_input_tokens": 200, "output_tokens": 0}
OLDER = [pytest.param(version, marks=pytest.mark.long) for version in (FIRST_MODULE, FIRST_FETCH)]


@pytest.mark.parametrize("version", [OLDER[1], NEWEST])
@pytest.mark.parametrize("before", ["", in_long("1000")])
def test_a_cap_that_is_set_within_a_turn_holds_for_its_next_request(
    machine: Machine, api: Api, tmp_path: Path, before: str
) -> None:
    """By the module alone, whatever leave it has in hand and however soon that request follows."""

    def script(request: Request) -> Reply:
        if request.tool_results == 2:
            assert machine.cheaproute("cap", "set", "0.1").returncode == 0
        return endless(request)

    endless = scripts.endless(DEAR)
    if before:
        assert machine.cheaproute("cap", "set", before).returncode == 0
    plugin = between_tools_unheard(tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK")
    assert len([one for one in api.calls if "MAINTASK" in one.text]) == 3


@pytest.mark.parametrize("version", [OLDER[1], NEWEST])
def test_a_cap_that_another_session_reaches_holds_for_the_next_request(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Though a leave is in hand: the other's call cost more than was thought."""

    def script(request: Request) -> Reply:
        if "OTHER" in request.text:
            return Reply("Dear.", usage={**DEAR, "input_tokens": 30_000_000})
        if request.tool_results == 2:
            assert run(machine, plugin, "OTHER").text == "Dear."
        return endless(request)

    endless = scripts.endless(DEAR)
    assert machine.cheaproute("cap", "set", "100").returncode == 0
    plugin = between_tools_unheard(tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK")
    assert len([one for one in api.calls if "MAINTASK" in one.text]) == 3


def between_tools_unheard(place: Path) -> str:
    """A copy of the plugin whose hook between tools is missing, so that the module is alone."""
    plugin = copy(str(place / "plugin"))
    path = Path(plugin, "hooks", "hooks.json")
    table = json.loads(path.read_text())
    del table["hooks"]["PostToolBatch"]
    path.write_text(json.dumps(table))
    return plugin


@pytest.mark.parametrize("version", [*OLDER, NEWEST])
def test_a_script_is_told_why_its_run_ended(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """`-p`: the cap's message is the result; an error where a request was refused, not a prompt."""
    assert machine.cheaproute("cap", "set", "0.5").returncode == 0
    api.script = scripts.endless(DEAR)
    ended = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert "Monthly cap reached: $0.60 of $0.50" in ended.text
    assert "cap raise" in ended.text
    assert (ended.code, ended.raw["is_error"]) == (
        (0, False) if version == FIRST_MODULE else (1, True)
    )
    assert len(api.calls) == 3
    assert not refused_at_the_prompt(ended)
    assert refused_at_the_prompt(run(machine, str(tmp_path / "plugin"), "MAINTASK"))
    assert len(api.calls) == 3


@pytest.mark.parametrize("version", [*OLDER, NEWEST])
def test_a_first_request_that_is_not_sent_is_told_by_its_text(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """`-p`: no seat before `http.fetch` was heard can end the run as an error; the words can."""
    assert machine.cheaproute("cap", "set", "0.01").returncode == 0
    api.script = scripts.endless(DEAR)
    ended = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert ended.text.startswith("[cheaproute] Not sent: this request is likely to cost $")
    assert (ended.code, ended.raw["is_error"], ended.raw["duration_api_ms"]) == (0, False, 0)
    assert api.calls == []


@pytest.mark.parametrize("version", [*OLDER, NEWEST])
def test_a_first_request_that_is_longer_than_thought_ends_as_an_error(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """`-p`: its length is known where it leaves, and a refusal there is the client's own error."""
    plugin = copy(str(tmp_path / "plugin"))
    assert machine.cheaproute("cap", "set", "0.35").returncode == 0
    api.script = lambda _: Reply("Short.", usage=DEAR)
    assert run(machine, plugin, "MAINTASK").text == "Short."
    ended = run(machine, plugin, "MAINTASK " + "word by word " * 10_000)
    if version == FIRST_MODULE:  # nothing of ours stands where it leaves
        assert (ended.code, ended.raw["is_error"], len(api.calls)) == (0, False, 2)
        return
    assert (ended.code, ended.raw["is_error"]) == (1, True)
    assert "http.fetch hook stopped this request: [cheaproute] Not sent: " in ended.text
    assert len(api.calls) == 1


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_agents_that_end_alike_say_the_way_once(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The first refusal whole, those of agents after it in a line.

    Four calls of $0.20 fit and no fifth: each agent is refused at its request, none by a hook.
    """
    assert machine.cheaproute("cap", "set", "0.95").returncode == 0
    tasks = [scripts.agent(f"look {n}", f"Search the code, part {n}") for n in range(4)]

    def main(request: Request) -> Reply:
        if request.tool_results:
            return Reply("All done.")
        return Reply("", tasks, {"input_tokens": 100, "output_tokens": 0})

    api.script = scripts.conversations(main, scripts.endless(DEAR), "MAINTASK")
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    rows = [
        row for path in Path(machine.home).rglob("*.jsonl") for row in path.read_text().splitlines()
    ]
    ends = [row for row in rows if "stopped this request: [cheaproute]" in row]
    ways = [row for row in ends if "To go on now" in row and '"isSidechain":true' in row]
    brief = [row for row in ends if "stands with another of these refusals" in row]
    assert len(ways) <= 1
    assert brief
