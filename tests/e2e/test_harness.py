"""The harness itself: without the plugin, the client is driven and its calls are seen."""

from __future__ import annotations

import pytest

from tests.api import Api, Reply, Request, Tool
from tests.e2e.session import Machine


def test_a_run_reaches_the_stand_in_and_tells_its_cost(machine: Machine, api: Api) -> None:
    """A tool loop of two calls costs what two calls of Sonnet 5.5 cost."""

    def script(request: Request) -> Reply:
        if request.tool_results:
            return Reply("All listed.")
        return Reply("", [Tool("Bash", {"command": "ls", "description": "List"})])

    api.script = script
    result = machine.run("list the files", plugin=False)
    assert result.code == 0, result.stderr
    assert result.text == "All listed."
    assert api.models == ["claude-sonnet-5-5"] * 2
    assert result.cost_usd == pytest.approx(2 * (1000 * 2e-6 + 100 * 10e-6), abs=1e-9)


@pytest.mark.usefixtures("tmux")
def test_the_terminal_shows_a_turn(machine: Machine, api: Api) -> None:
    """A prompt typed into the interactive client is answered on the screen."""
    api.script = lambda _request: Reply("Seen in the terminal.")
    with machine.tui(plugin=False) as tui:
        tui.ready()
        tui.type("say something")
        tui.wait("Seen in the terminal.")
    assert "claude-sonnet-5-5" in api.models
