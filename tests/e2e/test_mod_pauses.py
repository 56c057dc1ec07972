"""Cold returns, planned windows and keep-warm, with the brain, in the real client."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, Reply, Request
from tests.e2e.client import NEWEST
from tests.e2e.hands import Stand, copy
from tests.e2e.session import Machine

pytestmark = pytest.mark.parametrize("version", [NEWEST])

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
FIRST = "Please remember the word BANANA and fix the retry"
LONG = {
    "input_tokens": 10,
    "output_tokens": 100,
    "cache_creation_input_tokens": 200_000,
    "cache_read_input_tokens": 0,
}
SHORT = LONG | {"cache_creation_input_tokens": 9_000}
GOOD = f"""\
## Last request
> {FIRST}
## Goal
The retry must be fixed; the person wants the word kept in mind, and nothing was ruled out so far.
## State
Nothing has been done yet. The assistant said that it is done, which is all that there is to know.
## Open tasks
None.
## Files
## Quotes
"""


def script(request: Request) -> Reply:
    """A long first answer, short ones later; Haiku writes the hand-over it is asked for."""
    if "Write a hand-over" in request.text:
        return Reply(GOOD, usage={"input_tokens": 50_000, "output_tokens": 300})
    return Reply("Done.", usage=SHORT if "hand-over of the conversation" in request.text else LONG)


def planned(machine: Machine, **plan: object) -> None:
    """The user's plan, and the window that makes the client ask."""
    machine.write(".claude/settings.json", json.dumps({"autoCompactWindow": 100_000}))
    rows = "".join(f"{key} = {json.dumps(value)}\n" for key, value in plan.items())
    machine.write(".config/cheaproute/config.toml", f"[plan]\n{rows}")


def begin(machine: Machine, plugin: str) -> str:
    """A session of 200,000 tokens; its id."""
    done = machine.run(FIRST, "--plugin-dir", plugin, plugin=False, model="opus")
    assert done.text == "Done.", done
    return done.session


def age(machine: Machine, session: str, hours: int) -> None:
    """Let the session's answers be so many hours old, and the ledger know nothing else."""
    path = machine.transcript(session)
    text = Path(path).read_text()
    old = time.time() - hours * 3600

    def moved(_match: re.Match[str]) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(old))
        return f'"timestamp":"{stamp}"'

    Path(path).write_text(re.sub(r'"timestamp":"[^"]*"', moved, text))
    for name in os.listdir(machine.data):
        if name.startswith("ledger.db"):
            os.unlink(os.path.join(machine.data, name))


def resumed(machine: Machine, plugin: str, session: str) -> Any:
    """The session, gone on with."""
    options = ("--plugin-dir", plugin, "--resume", session)
    return machine.run("And now?", *options, plugin=False, model="opus")


def main_requests(api: Api) -> list[Request]:
    """What was asked of Opus."""
    return [one for one in api.requests if one.model == OPUS and not one.counting]


def test_a_cold_return_goes_on_from_a_checked_hand_over(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Haiku reads the old context, Opus gets the hand-over and the prompt, nothing of the old."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, cold_return="always", cold_tokens=60_000)
    session = begin(machine, plugin)
    age(machine, session, 2)
    api.requests.clear()
    done = resumed(machine, plugin, session)
    assert done.text == "Done.", done
    handed = [one for one in api.requests if "Write a hand-over" in one.text]
    assert [one.model for one in handed] == [HAIKU]
    assert FIRST in handed[0].text
    (asked,) = main_requests(api)
    assert "This session goes on from a hand-over of the conversation so far" in asked.text
    assert "And now?" in asked.text
    # What was said before stands in the hand-over alone, as a quote.
    assert asked.text.count(FIRST) == 1
    booked = {row["model"]: row for row in machine.costs()["by_model"]}
    assert set(booked) == {OPUS, HAIKU}
    assert booked[HAIKU]["input_tokens"] == 50_000  # the hand-over's own call


def test_a_warm_return_goes_on_as_it_is(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Past the window that the client knows, but warm: nothing is summed up."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, cold_return="always", cold_tokens=60_000)
    session = begin(machine, plugin)
    api.requests.clear()
    assert resumed(machine, plugin, session).text == "Done."
    assert [one.model for one in api.requests if not one.counting] == [OPUS]
    assert FIRST in main_requests(api)[0].text


def test_a_hand_over_that_is_wrong_replaces_nothing(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """What Haiku made up is not gone on from: the whole context is sent."""

    def wrong(request: Request) -> Reply:
        if "Write a hand-over" in request.text:
            return Reply(GOOD.replace(FIRST, "Please do something else"))
        return script(request)

    api.script = wrong
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, cold_return="always", cold_tokens=60_000)
    session = begin(machine, plugin)
    age(machine, session, 2)
    api.requests.clear()
    assert resumed(machine, plugin, session).text == "Done."
    (asked,) = main_requests(api)
    assert "goes on from a hand-over" not in asked.text
    assert FIRST in asked.text
    assert "And now?" in asked.text


def test_nobody_there_is_no_yes(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`ask` in a headless run goes on with the whole."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, cold_return="ask", cold_tokens=60_000)
    session = begin(machine, plugin)
    age(machine, session, 2)
    api.requests.clear()
    assert resumed(machine, plugin, session).text == "Done."
    assert [one.model for one in api.requests if not one.counting] == [OPUS]


def test_past_the_planned_window_haiku_sums_up(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Warm, but longer than planned: the hand-over is Haiku's, where the user wants it so."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, window_tokens=150_000, handover="haiku")
    session = begin(machine, plugin)
    api.requests.clear()
    assert resumed(machine, plugin, session).text == "Done."
    assert [one.model for one in api.requests if not one.counting] == [HAIKU, OPUS]
    assert "goes on from a hand-over" in main_requests(api)[0].text


def test_below_the_planned_window_nothing_is_compacted(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """The client's own setting would compact at 67,000 tokens; the plan says 250,000."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, window_tokens=250_000)
    session = begin(machine, plugin)
    api.requests.clear()
    assert resumed(machine, plugin, session).text == "Done."
    assert [one.model for one in api.requests if not one.counting] == [OPUS]
    assert FIRST in main_requests(api)[0].text


def test_past_the_planned_window_the_client_compacts(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Where nobody wants Haiku to sum up, the client's own compaction runs, on the main model."""

    def summed(request: Request) -> Reply:
        return Reply("<summary>A word, and a retry.</summary>" if "<summary>" in request.text
                     else "Done. " + "word " * 400, usage=LONG)  # fmt: skip

    api.script = summed
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, window_tokens=190_000)
    session = machine.run(FIRST, plugin=False, model="opus").session
    machine.write(".claude/settings.json", "{}")
    machine.run("more", "--resume", session, plugin=False, model="opus")
    planned(machine, window_tokens=190_000)
    api.requests.clear()
    resumed(machine, plugin, session)
    first, *_, last = main_requests(api)
    assert "<summary>" in first.text
    assert "A word, and a retry." in last.text
    assert "And now?" in last.text


@pytest.mark.usefixtures("tmux")
def test_a_person_is_asked_and_may_say_yes(machine: Machine, api: Api, tmp_path: Path) -> None:
    """In the terminal: the question with both prices, the second option hands over."""
    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, cold_return="ask", cold_tokens=60_000)
    session = begin(machine, plugin)
    age(machine, session, 2)
    api.requests.clear()
    options = ("--plugin-dir", plugin, "--resume", session)
    with machine.tui(*options, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type("And now?")
        screen = tui.wait("Start from a hand-over")
        assert "Away for 2 h: the cache is gone" in " ".join(screen.split())
        assert "1. Go on as it is" in screen
        tui.settle()  # the dialog is drawn before it takes keys
        tui.key("2")
        tui.wait("Went on from a hand-over by Haiku")
        tui.wait(lambda _screen: len(main_requests(api)) == 1)
    (asked,) = main_requests(api)
    assert "goes on from a hand-over" in asked.text
    assert "And now?" in asked.text


def pings(question: dict[str, Any]) -> Any:
    """Two pings, each half a second after the cache was last used."""
    import os

    answer = {"enabled": True, "booked": True, "closed": False, "asks": "", "warm": True}
    if question["hook_event_name"] != "ModWarm":
        return answer
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sent")
    if question["stage"] == "due":
        return answer | {"fork": {"prompt": "PING"}}
    if question["stage"] == "sent":
        with open(place, "a") as file:
            file.write("x")
        if os.path.getsize(place) > 1:
            return answer | {"line": "kept warm"}
    return answer | {"wait_ms": 500}


@pytest.mark.usefixtures("tmux")
def test_pings_go_out_in_a_pause_and_read_the_same_prompt(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """The hand does as the brain says: the session's own prefix, a ping behind it, then a line."""
    api.script = lambda request: Reply("ok" if "PING" in request.text else "Done.", usage=LONG)
    stand = Stand(str(tmp_path / "stand"), pings)
    with machine.tui("--plugin-dir", stand.place, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type("Say something")
        tui.wait("kept warm")
    sent = [one for one in main_requests(api) if "PING" in one.text]
    first = next(one for one in main_requests(api) if "PING" not in one.text)
    assert len(sent) == 2
    assert {json.dumps(one.body["system"]) for one in sent} == {json.dumps(first.body["system"])}
    told = [one for one in stand.questions if one["hook_event_name"] == "ModWarm"]
    assert [one["stage"] for one in told] == ["idle", "due", "sent", "due", "sent"]
    assert told[2]["usage"]["cache_creation_input_tokens"] == 200_000
    assert told[2]["answered"] is True


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_two_pings_over_five_minutes_of_cache(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Live: a ping half a minute before the cache runs out, one more, then a line; all booked."""
    warm = LONG | {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 200_000}

    def answers(request: Request) -> Reply:
        return Reply("ok", usage=warm) if "one word: ok" in request.text else script(request)

    api.script = answers
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, keep_warm=2, keep_warm_usd=1)
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        begun = time.monotonic()
        tui.wait("Kept the cache warm: 2 pings", seconds=640)
    assert 500 < time.monotonic() - begun < 600
    assert sum("one word: ok" in one.text for one in main_requests(api)) == 2
    billed = sum(one.usage["cache_read_input_tokens"] for one in api.bill)
    booked = sum(row["cache_read_tokens"] for row in machine.costs()["by_model"])
    assert booked == billed == 400_000
