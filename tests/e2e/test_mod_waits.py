"""What keeps a request waiting and is no fault of the module: a person, a machine that sleeps."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.module import seats
from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_MODULE, NEWEST
from tests.e2e.hands import Stand, copy, plugin_beside
from tests.e2e.session import Machine
from tests.e2e.tui import Tui

pytestmark = pytest.mark.long

# Longer than the client lets a hook take by itself.
LONG_S = 12


def slow_turn(question: dict[str, Any]) -> Any:
    """Take a second for a turn's leave, and give one."""
    import time

    if question["hook_event_name"] == "ModTurn":
        time.sleep(1.5)
    grant = {"any": True, "nano": 1, "seconds": 300, "loops": {}} if question["busy"] else None
    answer = {"enabled": True, "booked": True, "closed": False, "asks": ""}
    return answer | ({"grant": grant} if grant else {})


@pytest.mark.parametrize("version", [NEWEST])
def test_a_machine_that_sleeps_is_no_hang(bare: Machine, api: Api, tmp_path: Path) -> None:
    """The client is held while a request waits for the brain: afterwards all seats are at work."""
    api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), slow_turn)
    options = ["-p", "MAINTASK", *bare.options(plugin=False, model="opus")]
    command = [bare.claude, *options, "--plugin-dir", stand.place]
    with subprocess.Popen(
        command, cwd=bare.project, env=bare.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as client:
        deadline = time.monotonic() + 60
        while not stand.asked("ModTurn"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(client.pid, signal.SIGSTOP)
        time.sleep(LONG_S)
        os.kill(client.pid, signal.SIGCONT)
        said, _ = client.communicate(timeout=60)
    assert b"All done." in said
    assert not [one for one in stand.questions if one["resting"]]
    assert {call["request_id"] for one in stand.questions for call in one["calls"]} == {
        billed.request_id for billed in api.bill
    }


ASKS = """
const asked = new Set()
const ask = async ($, where) => {
  if (asked.has(where)) return
  asked.add(where)
  await $.ui.ask(`Go on at ${where}?`, { options: ["Yes", "No"], header: "Other" }).catch(() => "")
}
const fetch = async ($, e, next) => {
  if (next.origin.plugin === "engine") await ask($, "request")
  return next(e)
}
const step = async function* ($, e, next) {
  await ask($, "step")
  return yield* next(e)
}
export const register = on => { on("http.fetch", fetch); on("turn.step", step) }
"""


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize(("version", "first"), [(FIRST_MODULE, "ours"), (NEWEST, "theirs")])
def test_a_person_who_takes_long_is_no_hang(
    machine: Machine, api: Api, tmp_path: Path, version: str, first: str
) -> None:
    """A permission, another module's question in a step and at a request: all seats stay."""
    machine.cheaproute("cap", "set", "1000")

    def script(request: Request) -> Reply:
        if request.tool_results:
            return Reply("Said.")
        return Reply("", [scripts.bash(f"touch {machine.project}/made")])

    api.script = script
    places = [copy(str(tmp_path / "plugin")), plugin_beside(tmp_path / "other", ASKS)]
    if first == "theirs":
        places.reverse()
    options = [word for place in places for word in ("--plugin-dir", place)]
    asking = ("--model", "opus", "--permission-mode", "default")
    command = [machine.claude, *asking, *options]
    questions = ["Go on at step?", *(["Go on at request?"] if version == NEWEST else [])]
    with Tui(command, machine.project, machine.env) as tui:
        tui.ready()
        tui.settle()
        tui.type("MAINTASK")
        for question in [*questions, "Do you want to proceed?"]:
            tui.wait(question)
            time.sleep(LONG_S)
            tui.key("Enter")
        screen = tui.wait("Said.")
        tui.settle()
        assert "module hung" not in screen
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is not None
    assert seat.cap == (seats.BETWEEN if version == FIRST_MODULE else seats.EXACT)


def slow_command(question: dict[str, Any]) -> Any:
    """Take long for a person's command; how many questions came meanwhile is its answer."""
    import os
    import time

    answer = {"enabled": True, "booked": True, "closed": False, "asks": ""}
    if question["hook_event_name"] != "ModCommand":
        return answer
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "questions.jsonl")
    with open(path) as file:
        before = len(file.readlines())
    time.sleep(6)
    with open(path) as file:
        return answer | {"text": f"Meanwhile {len(file.readlines()) - before} came."}


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [NEWEST])
def test_no_request_waits_for_a_command(bare: Machine, api: Api, tmp_path: Path) -> None:
    """A report that takes long is answered beside a turn that goes on, each request looked at."""
    api.script = lambda request: (
        Reply("Said.")
        if request.tool_results > 7
        else Reply("", [scripts.bash(f"echo {request.tool_results}")], delay_s=0.5)
    )
    stand = Stand(str(tmp_path / "plugin"), slow_command)
    with bare.begun(stand.place) as tui:
        tui.type("MAINTASK")
        tui.wait(lambda _: len(api.calls) > 1)
        tui.type("cheaproute report all")
        tui.wait("Meanwhile ")
        told = tui.settle()
    (count,) = re.findall(r"Meanwhile (\d+) came", told)
    assert int(count) >= 3
    assert [one for one in stand.questions if one["hook_event_name"] == "ModGate"]
