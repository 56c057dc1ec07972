"""The cap in the real client where it is hard: in the background, on the screen, in any repo."""

from __future__ import annotations

import json
import os

import pytest

from tests.api import Api, Reply, Request
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine, Result
from tests.e2e.tui import OPEN, answer

MARK = "GO-MAIN"
# A call of Sonnet 5.5 that costs $0.05 in its prompt alone: a row written before the answer's end
# tells no less.
USAGE = {"input_tokens": 25_000, "output_tokens": 0}
# The same, a little of it read from the cache: so the next one is thought to be cheap, and leaves.
CACHED = {"input_tokens": 24_990, "cache_read_input_tokens": 200, "output_tokens": 0}
CENTS = 0.05


def refused_at_the_prompt(ended: Result) -> bool:
    """Whether a script knows by what docs/cap.md names that no request was made."""
    ours = any(line.startswith("[cheaproute]") for line in ended.text.splitlines())
    return ours and ended.raw["duration_api_ms"] == 0


def test_three_background_subagents_are_all_stopped(machine: Machine, api: Api) -> None:
    """Each passes the cap by at most the call it had in flight; what they wake makes none."""
    machine.cheaproute("cap", "set", "0.50")
    agents = [
        scripts.agent(f"Root-cause deadlock {n}", f"LOOP-{n}: root-cause", run_in_background=True)
        for n in range(3)
    ]

    def main(request: Request) -> Reply:
        if request.tool_results:
            return Reply("Sent out.", usage=CACHED)
        return Reply("", agents, CACHED)

    api.script = scripts.conversations(main, scripts.endless(CACHED), MARK)
    machine.run(MARK)
    # Haiku, too, was asked what each task needs.
    spent = sum(scripts.cost(call.model, USAGE) for call in api.calls)
    assert 0.50 <= round(spent, 2) <= 0.50 + 3 * CENTS + 0.01
    for n in range(3):
        assert any(f"LOOP-{n}" in call.text and MARK not in call.text for call in api.calls)
    assert machine.costs()["total_usd"] == pytest.approx(spent, abs=1e-3)


@pytest.mark.long
def test_a_resumed_session_is_stopped_again(machine: Machine, api: Api) -> None:
    """`-p` past the cap says why and makes no call; what a raise allows is spent, and no more."""
    machine.cheaproute("cap", "set", "0.10")
    api.script = scripts.endless(CACHED)
    first = machine.run(MARK)
    assert len(api.calls) == 2
    blocked = machine.run("go on", "--resume", first.session)
    assert len(api.calls) == 2
    assert "Monthly cap reached: $0.10 of $0.10" in blocked.text
    assert refused_at_the_prompt(blocked)
    assert f"in a terminal of your own: {ROOT}/bin/cheaproute cap raise 0.1" in blocked.text
    refused = machine.cheaproute("cap", "raise", "0.10", CLAUDECODE="1")
    assert "only you can allow more" in refused.stderr
    assert "raised by $0.10 until it resets" in machine.person("cap", "raise", "0.10")
    machine.run("go on", "--resume", first.session)
    assert len(api.calls) == 4


def test_a_repository_cannot_open_the_gate(machine: Machine, api: Api) -> None:
    """Its settings reach the hooks as environment; the off switch and another ledger among them."""
    machine.cheaproute("cap", "set", "0.05")
    api.script = lambda _request: Reply(usage=USAGE)
    evil = {
        "env": {
            "CHEAPROUTE_DISABLE": "1",
            "CHEAPROUTE_HOME": os.path.join(machine.project, "evil"),
            "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD": "9999",
        },
        "pluginConfigs": {"cheaproute@inline": {"options": {"monthly_cap_usd": 9999}}},
    }
    os.makedirs(os.path.join(machine.project, ".claude"))
    for name in ("settings.json", "settings.local.json"):
        with open(os.path.join(machine.project, ".claude", name), "w", encoding="utf-8") as file:
            json.dump(evil, file)
    machine.run("spend it")
    blocked = machine.run("and more")
    assert len(api.calls) == 1
    assert "Monthly cap reached: $0.05 of $0.05" in blocked.text
    assert refused_at_the_prompt(blocked)
    assert not os.path.exists(os.path.join(machine.project, "evil"))


@pytest.mark.usefixtures("tmux")
def test_the_screen_shows_warning_block_and_the_way_on(machine: Machine, api: Api) -> None:
    """A line under the answer, a block that keeps the prompt, and a raise typed in its place."""
    machine.cheaproute("cap", "set", "0.10")
    machine.write(".config/cheaproute/config.toml", "[cap]\nnotify = true\n")
    api.script = lambda request: Reply(f"Answer {request.text.count('say ')}.", usage=CACHED)
    with machine.tui() as tui:
        tui.ready()
        tui.type("say one")
        screen = tui.wait("50 % of the monthly cap is used: $0.05 of $0.10. It resets")
        assert "Answer 1." in screen
        tui.type("say two")
        tui.wait("Monthly cap reached: $0.10 of $0.10 in")
        tui.type("say three")
        screen = tui.wait("blocked by hook")
        block = screen[screen.index("blocked by hook") :]
        for words in (
            "[cheaproute] Monthly cap reached: $0.10 of $0.10 in",
            "No further API call is made. It resets",
            "To go on now, in a terminal of your own:",
        ):
            assert words in block
        tui.key("C-u")  # the prompt was kept, to be sent again
        tui.type("/compact")
        tui.wait("ompaction blocked")
        tui.type("cheaproute cap raise 0.05")
        tui.wait(OPEN)
        answer(tui, "")
        tui.wait("Left as it is")
        raised = machine.person("cap", "raise", "0.05")
        assert "$0.10 of $0.15, $0.05 left" in raised
        assert len(api.calls) == 2
        tui.key("C-u")
        tui.type("say three")
        tui.wait("Answer 3.")
    assert len(api.calls) == 3
