"""The module in the terminal's client: the standing figure, commands, what Esc leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e.client import NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd

pytestmark = [
    pytest.mark.parametrize("version", [NEWEST]),
    pytest.mark.usefixtures("tmux"),
]


def test_figures_and_commands_show(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A line under the prompt has today's sum and how far the cap holds; `/costs` is a command."""
    api.script = lambda _request: Reply("Seen.")
    machine.cheaproute("cap", "set", "50")
    plugin = copy(str(tmp_path / "plugin"))
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.settle()
        tui.type("say something")
        tui.wait("Seen.")
        tui.wait("cap: exact")
        tui.settle()
        calls = len(api.calls)
        tui.type("/costs")
        screen = tui.wait("By model")
        assert "blocked" not in screen
        assert len(api.calls) == calls
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


def test_esc_is_counted_as_an_estimate(machine: Machine, api: Api, tmp_path: Path) -> None:
    """What was interrupted is booked by what the client's own total grew, as a lower bound."""

    def script(request: Request) -> Reply:
        if "LONG" in request.text and "AGAIN" not in request.text:
            return Reply(
                "word " * 400, usage={"input_tokens": 9000, "output_tokens": 700}, pause_s=9
            )
        return Reply("Short.")

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.settle()
        tui.type("LONG story")
        tui.wait("word word")
        tui.key("Escape")
        tui.wait("Interrupted")
        tui.settle()
        tui.type("AGAIN please")
        tui.wait("Short.")
        tui.settle()
        report = machine.costs()
    told = bill_usd(api.bill)
    # 9000 tokens of prompt for sure, the words that were shown at the client's own guess.
    assert told + 0.036 < report["total_usd"] < told + 0.036 + 0.02
    assert report["lower_bound"] is True
