"""The module's hand in the real client, with a stand-in for its brain."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api import Reply, Request
from tests.e2e import scripts
from tests.e2e.client import NEWEST
from tests.e2e.hands import Stand
from tests.e2e.session import Machine
from tests.marks import in_long

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"


pytestmark = pytest.mark.parametrize("version", [NEWEST])


def go(_question: dict[str, Any]) -> Any:
    """Leave everything as it is."""
    return {"enabled": True, "booked": True, "closed": False, "asks": ""}


def to_haiku(question: dict[str, Any]) -> Any:
    """Send subagents to Haiku."""
    answer = {"enabled": True, "booked": True, "closed": False, "asks": "agents"}
    if question["hook_event_name"] == "ModStep" and question["agent_id"]:
        answer["model"] = "claude-haiku-5-5"
    return answer


def hang(_question: dict[str, Any]) -> Any:
    """Take longer than anybody waits."""
    import time

    time.sleep(30)


def once_with_room(question: dict[str, Any]) -> Any:
    """Say once that there is room for $0.40 more, and nothing after that."""
    import os

    mark = os.path.join(os.path.dirname(os.path.abspath(__file__)), "said")
    if question["hook_event_name"] == "ModStart":
        return {"enabled": True, "booked": True}
    if question["hook_event_name"] not in ("ModTurn", "ModGate") or os.path.exists(mark):
        return None
    os.close(os.open(mark, os.O_CREAT | os.O_WRONLY))
    return {"enabled": True, "booked": True, "denies": [""], "left": 400_000_000}


def garbage(_question: dict[str, Any]) -> Any:
    """Print what is no answer."""
    return "{not json"


def shut(question: dict[str, Any]) -> Any:
    """Work at the start of a session, then never again; the user wants that to stop requests."""
    if question["hook_event_name"] == "ModStart":
        return {"enabled": True, "booked": True, "closed": True, "asks": "", "text": "table"}
    return None


def deny_third(question: dict[str, Any]) -> Any:
    """Refuse once two requests are booked."""
    import os

    counter = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counted")
    with open(counter, "a") as file:
        file.write("x" * len(question["calls"]))
    answer = {"enabled": True, "booked": True, "closed": False, "asks": ""}
    if os.path.getsize(counter) >= 2:
        answer["deny"] = "[cheaproute] the cap is reached"
    return answer


def run(machine: Machine, stand: Stand, prompt: str = "MAINTASK", *options: str) -> Any:
    """One session with the stand-in's plugin."""
    return machine.run(prompt, "--plugin-dir", stand.place, *options, plugin=False, model="opus")


def test_it_hands_over_every_answered_request_with_its_id(bare: Machine, tmp_path: Path) -> None:
    """Each request the API billed is handed to the brain once it is answered, ids and counts."""
    bare.api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), go)
    result = run(bare, stand)
    assert result.text == "All done."
    handed = {call["request_id"]: call for one in stand.questions for call in one["calls"]}
    assert set(handed) == {billed.request_id for billed in bare.api.bill}
    for billed in bare.api.bill:
        call = handed[billed.request_id]
        assert (call["input_tokens"], call["output_tokens"]) == (1000, 100)
        assert call["session.id"] == result.session
    assert "MAINTASK" not in str([one for one in stand.questions if not one.get("prompt")])


def test_a_chosen_model_runs(bare: Machine, tmp_path: Path) -> None:
    """What the brain chooses at a subagent's first request is the model of its requests."""
    bare.api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), to_haiku)
    run(bare, stand)
    assert bare.api.models == [OPUS, OPUS, HAIKU, OPUS]
    (asked,) = stand.asked("ModStep")[1:] or stand.asked("ModStep")
    assert asked["task"]["type"] == "general-purpose"
    assert asked["task"]["parent_model"] == OPUS
    assert asked["task"]["prompt"] == scripts.TASK


@pytest.mark.parametrize("status", [in_long(400), 404, in_long(429)])
def test_a_cheaper_model_that_fails_does_not_cost_the_turn(
    bare: Machine, tmp_path: Path, status: int
) -> None:
    """Where the chosen model's request fails the loop goes on with its own, and the brain hears."""

    def script(request: Request) -> Reply:
        if request.model == HAIKU:
            return Reply(status=status, headers={"x-should-retry": "false"})
        return scripts.with_agent(request)

    bare.api.script = script
    stand = Stand(str(tmp_path / "plugin"), to_haiku)
    result = run(bare, stand)
    assert result.text == "All done."
    assert [model for model in bare.api.models if model == OPUS] == [OPUS] * 4
    (told,) = stand.asked("ModFailed")
    assert (told["model"], told["status"]) == (HAIKU, status)


def deaf(question: dict[str, Any]) -> Any:
    """Book nothing in the first session."""
    import os

    place = os.path.dirname(os.path.abspath(__file__))
    if question["hook_event_name"] != "ModStart" and not os.path.exists(place + "/heard"):
        return None
    return {"enabled": True, "booked": os.path.exists(place + "/heard"), "closed": False}


def test_what_could_not_be_booked_is_booked_later(bare: Machine, tmp_path: Path) -> None:
    """Records that the brain did not take outlive the session, and come with the next one's."""
    stand = Stand(str(tmp_path / "plugin"), deaf)
    run(bare, stand)
    Path(stand.place, "hooks", "heard").write_text("")
    run(bare, stand)
    (start,) = [one for one in stand.asked("ModStart") if one["calls"]]
    assert [call["request_id"] for call in start["calls"]] == [bare.api.bill[0].request_id]


def test_a_hanging_brain_costs_two_seconds_at_a_time(bare: Machine, tmp_path: Path) -> None:
    """A brain that does not answer is left alone after two seconds, and rests longer each time."""
    bare.api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), hang)
    begun = time.monotonic()
    result = run(bare, stand)
    assert result.text == "All done."
    assert time.monotonic() - begun < 60  # the client gives each one 10
    assert len(stand.questions) <= 3


@pytest.mark.parametrize("brain", [garbage, in_long(None)])
def test_a_broken_brain_is_no_news_to_the_session(
    bare: Machine, tmp_path: Path, brain: Any
) -> None:
    """Garbage or a missing launcher leave the session as it would be."""
    bare.api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), brain or go)
    if brain is None:
        os.unlink(os.path.join(stand.place, "hooks", "run"))
    result = run(bare, stand)
    assert (result.text, result.code) == ("All done.", 0)


def test_closed_refuses_when_the_brain_fails(bare: Machine, tmp_path: Path) -> None:
    """With `on_error = "closed"` a brain that fails lets nothing out, and the reason is told."""
    stand = Stand(str(tmp_path / "plugin"), shut)
    result = run(bare, stand)
    assert bare.api.calls == []
    assert "could not be checked (" in result.text


def test_a_refusal_lets_nothing_out(bare: Machine, tmp_path: Path) -> None:
    """After the brain's deny not one request leaves, the reason is the session's last word."""
    bare.api.script = scripts.endless({"input_tokens": 1000, "output_tokens": 100})
    stand = Stand(str(tmp_path / "plugin"), deny_third)
    result = run(bare, stand)
    assert len(bare.api.calls) == 2
    assert "the cap is reached" in result.text


@pytest.mark.long
def test_without_a_brain_the_session_goes_no_further_than_was_left(
    bare: Machine, tmp_path: Path
) -> None:
    """What it saw billed since the brain was last heard counts; then requests are refused."""
    bare.api.script = scripts.endless({"input_tokens": 50_000, "output_tokens": 0})  # $0.20
    result = run(bare, Stand(str(tmp_path / "plugin"), once_with_room))
    assert len(bare.api.calls) == 2
    assert "has spent since what was left" in result.text


def bounded(question: dict[str, Any]) -> Any:
    """Say at the start what a session may spend that hears nothing: $1 as a rule, $0.60 now."""
    answer = {"enabled": True, "booked": True, "closed": False, "asks": ""}
    if question["hook_event_name"] == "ModStart":
        answer["bound"] = {
            "session": 10**9,
            "left": 600_000_000,
            "until_ms": 10**13,
            "whole": 10**9,
        }
    return answer


@pytest.mark.long
def test_sessions_that_never_hear_the_brain_spend_what_was_left(
    bare: Machine, tmp_path: Path
) -> None:
    """All of them together, from one to the next, and each one's refusal names ways on."""
    bare.api.script = scripts.turns(Reply("Done."))
    stand = Stand(str(tmp_path / "plugin"), bounded)
    run(bare, stand)
    os.unlink(os.path.join(stand.place, "hooks", "run"))
    bare.api.script = scripts.endless({"input_tokens": 50_000, "output_tokens": 0})  # $0.20
    before = len(bare.api.calls)
    result = run(bare, stand)
    assert len(bare.api.calls) - before == 3
    assert "`cheaproute doctor`" in result.text
    assert "`claude plugin disable cheaproute`" in result.text
    assert "cannot be checked" in run(bare, stand).text
    assert len(bare.api.calls) - before == 3


def test_a_command_is_answered_without_a_model(bare: Machine, tmp_path: Path) -> None:
    """A command of ours prints what the brain says; no request is made."""
    stand = Stand(str(tmp_path / "plugin"), shut)
    result = run(bare, stand, "/cheaproute costs today")
    assert bare.api.calls == []
    assert result.code == 0
    (asked,) = stand.asked("ModCommand")
    assert (asked["command"], asked["args"]) == ("cheaproute", "costs today")


def generous(question: dict[str, Any]) -> Any:
    """Give a leave for everything, whatever is under way."""
    answer = {
        "enabled": True,
        "booked": True,
        "closed": False,
        "asks": "",
        "held": question["busy"],
    }
    price = {"model": "", "bytes": 4000, "nano": 1, "byte_nano": 0}
    fresh = {f"claude-{name}": price for name in ("opus-5-5", "sonnet-5-5", "haiku-5-5")}
    answer["grant"] = {"nano": 10**12, "seconds": 300, "loops": {}, "fresh": fresh}
    answer["grant"]["first_bytes"] = 4000
    return answer


def test_a_leave_ends_with_its_turn(bare: Machine, tmp_path: Path) -> None:
    """The first request of each turn is asked about, the others go; then the leave is given back.

    A subagent's turn is one, too: in the main loop's it needs no question of its own.
    """
    bare.api.script = scripts.with_agent
    stand = Stand(str(tmp_path / "plugin"), generous)

    def told() -> list[tuple[str, bool]]:
        return [(one["hook_event_name"], one["busy"]) for one in stand.questions]

    with bare.talk("--plugin-dir", stand.place, plugin=False) as say:
        for turn in range(1, 4):
            before = len(told())
            assert say(f"MAINTASK {turn}") == "All done."
            gates = [one for one in told()[before:] if one[0] in ("ModTurn", "ModGate")]
            assert gates == [("ModTurn", True)], told()
            deadline = time.monotonic() + 20
            while told()[-1][1]:
                assert time.monotonic() < deadline, told()
                time.sleep(0.1)
    assert not [one for one in told() if one[0] == "ModTool"], told()
    assert told()[0] == ("ModStart", False)
