"""`cap finish` in the real client: a turn lasts as long as what was started in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import CLASSIC, FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import run

DEAR = {"input_tokens": 50_000, "output_tokens": 0}  # $0.20 on Opus 5.5
STEPS = 3
WAYS = [(CLASSIC, True), (FIRST_MODULE, True), (FIRST_FETCH, True), (NEWEST, True), (NEWEST, False)]


def script(request: Request) -> Reply:
    """A main loop that sends an agent out, whose end wakes it."""
    if "AGENT" in request.text and "MAINTASK" not in request.text:
        step = scripts.bash(
            f"until [ -e go ]; do sleep 0.2; done; sleep 1; echo {request.tool_results}"
        )
        return Reply("Found.") if request.tool_results >= STEPS else Reply("", [step], DEAR)
    if "task-notification" in request.text:
        return Reply("It was found.", usage=DEAR)
    tool = scripts.agent("Find the deadlock", "AGENT root-cause", run_in_background=True)
    sent = request.tool_results or "MAINTASK" not in request.text
    return Reply("Sent out.", usage=DEAR) if sent else Reply("", [tool], DEAR)


@pytest.mark.long
@pytest.mark.parametrize(("version", "module"), WAYS)
def test_what_runs_on_belongs_to_the_turn(
    machine: Machine, api: Api, tmp_path: Path, *, module: bool
) -> None:
    """An agent in the background and the turn that its end wakes; the next prompt is refused."""
    plugin = copy(str(tmp_path / "plugin"))
    machine.write(".config/cheaproute/config.toml", f"[mod]\nenabled = {str(module).lower()}\n")
    assert machine.cheaproute("cap", "set", "0.1").returncode == 0
    api.script = script
    Path(machine.project, "go").touch()
    session = run(machine, plugin, "first").session
    calls = len(api.calls)
    machine.person("cap", "finish", "5", "--session", session[:6])
    done = run(machine, plugin, "MAINTASK", "--resume", session)
    assert len([one for one in api.calls[calls:] if "AGENT" in one.text]) > STEPS
    assert done.text == "It was found."
    calls = len(api.calls)
    assert "cap reached" in run(machine, plugin, "MAINTASK", "--resume", session).text
    assert len(api.calls) == calls


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [CLASSIC, NEWEST])
def test_what_a_person_types_meanwhile_is_another_turn(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """It is refused while the agent goes on, and after the turn that its end wakes."""
    assert machine.cheaproute("cap", "set", "0.1").returncode == 0
    api.script = script
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("first thing")
        tui.wait("Sent out.")
        tui.settle()
        machine.person("cap", "finish", "5")
        tui.type("MAINTASK")
        tui.wait("Waiting for 1 background agent")
        tui.type("another thing")
        tui.wait("this prompt is another turn")
        Path(machine.project, "go").touch()
        tui.key("C-u")
        tui.wait("It was found.")
        tui.settle()
        calls = len(api.calls)
        tui.type("and more")
        tui.wait(lambda shown: shown.count("cap reached") > 1)
    assert len(api.calls) == calls
