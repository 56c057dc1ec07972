"""The module in the terminal: all that makes requests there, and a cap between steps."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.kinds import (
    BACKGROUND,
    FLOW,
    MARK,
    TEAM,
    TEAMS,
    USAGE,
    WOKEN,
    in_turn,
    page,
    searched,
)
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("tmux")]

# $0.20 on Opus 5.5.
DEAR = {"input_tokens": 50_000, "output_tokens": 0}


def goal_checked(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same, where a goal is found to be reached the second time it is looked at."""
    looks: list[Request] = []

    def answer(request: Request) -> Reply:
        if scripts.is_goal_check(request):
            looks.append(request)
            said = {"ok": len(looks) > 1, "reason": "not yet" if len(looks) == 1 else "it is"}
            return Reply(json.dumps(said), usage=USAGE)
        return script(request)

    return answer


def quiet(api: Api) -> None:
    """Wait until nothing asks the API any more: agents end when they end."""
    deadline = time.monotonic() + 120
    while True:
        before = len(api.requests)
        time.sleep(6)
        if len(api.requests) == before:
            return
        assert time.monotonic() < deadline, [one.text[-200:] for one in api.calls[-8:]]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH, NEWEST])
def test_the_books_of_all_that_a_terminal_does(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """Agents, messages to them, a team, a workflow, the web, `/goal`: to the millionth.

    The client's own total is the same, but for the oldest's other price of what Sonnet 5.5 keeps in
    its cache, and an import of its transcripts changes nothing.
    """
    project = Path(machine.project, ".claude", "settings.json")
    project.parent.mkdir()
    project.write_text(json.dumps({"skipWebFetchPreflight": True}))
    with page(tmp_path) as (pages, env):
        machine.extra = {**TEAMS, **env, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""}
        steps = [*BACKGROUND, *WOKEN, *FLOW, *TEAM, *pages]
        api.script = goal_checked(searched(in_turn(*steps)))
        with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
            tui.type(f"{MARK} do all of it")
            tui.wait(lambda _: any(one.tool_results == len(steps) for one in api.calls), 90)
            quiet(api)
            tui.type("/goal the list is whole")
            tui.wait(lambda _: len([*filter(scripts.is_goal_check, api.calls)]) == 2, 60)
            quiet(api)
            tui.type("/exit")
            kept = Path(machine.home, ".claude.json")
            deadline = time.monotonic() + 60
            while "lastCost" not in (
                own := json.loads(kept.read_text())["projects"][machine.project]
            ):
                assert time.monotonic() < deadline, own
                time.sleep(0.2)
    api.outside.clear()  # what the client reaches for where it may
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    report = machine.costs()
    assert report["total_usd"] == billed
    assert sum(one["messages"] for one in report["by_model"]) == len(api.bill)
    assert (own["lastCost"] == billed) == (version != FIRST_MODULE)
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed
    assert machine.cheaproute("ledger", "check").returncode == 0


def _booked(machine: Machine, api: Api) -> bool:
    """Whether all that was billed so far is in the books, and nothing else."""
    return bool(machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5))


@pytest.mark.parametrize("version", [FIRST_MODULE])
def test_a_cap_between_steps(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Where no request is held each step is: an agent's, too; the screen says how far it holds.

    The next prompt says why in one line, and a raise lets it go on.
    """
    agent = scripts.agent("Look", "AGENT look")
    small = {"input_tokens": 1_000, "output_tokens": 10}
    api.script = scripts.conversations(
        scripts.turns(Reply("", [agent], small), Reply("All done.", usage=small)),
        scripts.endless(DEAR),
        MARK,
    )
    rows = "[cap]\nmonth_usd = {}\n[routing]\nenabled = false\n"
    machine.write(".config/cheaproute/config.toml", rows.format(0.5))
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type(f"{MARK} look")
        tui.wait("cap reached", 60)  # where the agent's end would be told
        assert 2 <= sum(MARK not in one.text for one in api.calls) <= 3
        calls = len(api.calls)
        tui.type("/costs")
        tui.wait("In this session: cap: between steps")
        tui.type("And now?")
        tui.wait(lambda shown: shown.count("cap reached") == 2)
        assert len(api.calls) == calls
        machine.write(".config/cheaproute/config.toml", rows.format(5))
        api.script = lambda _request: Reply("Going on.")
        tui.key("C-u")
        tui.type("And after that?")
        tui.wait("Going on.")
        tui.wait(lambda _screen: _booked(machine, api))  # what follows an answer is billed later
