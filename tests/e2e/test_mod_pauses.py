"""Cold returns, planned windows and keep-warm, with the brain, in the real client."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api import Api, Reply, Request
from tests.e2e.client import NEWEST
from tests.e2e.hands import Stand, copy
from tests.e2e.session import Machine
from tests.marks import in_long

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


class Left(NamedTuple):
    """A session that was left: the plugin it ran with, its id."""

    plugin: str
    session: str


@pytest.fixture
def leave(machine: Machine, api: Api, tmp_path: Path) -> Callable[..., Left]:
    """Begin a session under a plan, and leave it for so many hours; what was asked is forgotten."""

    def left(hours: int = 0, answers: Callable[[Request], Reply] = script, **plan: object) -> Left:
        api.script = answers
        plugin = copy(str(tmp_path / "plugin"))
        planned(machine, **plan)
        session = begin(machine, plugin)
        if hours:
            age(machine, session, hours)
        api.requests.clear()
        return Left(plugin, session)

    return left


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


def resumed(machine: Machine, left: Left) -> None:
    """Go on with the session."""
    options = ("--plugin-dir", left.plugin, "--resume", left.session)
    done = machine.run("And now?", *options, plugin=False, model="opus")
    assert done.text.startswith("Done."), done


def main_requests(api: Api) -> list[Request]:
    """What was asked of Opus."""
    return [one for one in api.requests if one.model == OPUS and not one.counting]


def asked_of(api: Api) -> list[str]:
    """The models that were asked, in order."""
    return [one.model for one in api.requests if not one.counting]


Leave = Callable[..., Left]
COLD: dict[str, object] = {"cold_return": "always", "cold_tokens": 60_000}


def test_a_cold_return_goes_on_from_a_checked_hand_over(
    machine: Machine, api: Api, leave: Leave
) -> None:
    """Haiku reads the old context, Opus gets the hand-over and the prompt, nothing of the old."""
    left = leave(2, **COLD)
    resumed(machine, left)
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


def wrong(request: Request) -> Reply:
    """Haiku makes up what was asked last."""
    if "Write a hand-over" in request.text:
        return Reply(GOOD.replace(FIRST, "Please do something else"))
    return script(request)


@pytest.mark.parametrize(
    ("hours", "answers", "plan", "models"),
    [
        pytest.param(
            0,
            script,
            COLD,
            [OPUS],
            id="warm: past the client's window, but warm",
            marks=pytest.mark.long,
        ),
        pytest.param(2, wrong, COLD, [HAIKU, OPUS], id="wrong: what Haiku made up"),
        pytest.param(
            2,
            script,
            COLD | {"cold_return": "ask"},
            [OPUS],
            id="ask: nobody is there",
            marks=pytest.mark.long,
        ),
        pytest.param(
            0,
            script,
            {"window_tokens": 250_000},
            [OPUS],
            id="below the planned window",
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_whole_is_gone_on_with(
    machine: Machine,
    api: Api,
    leave: Leave,
    hours: int,
    answers: Callable[[Request], Reply],
    plan: dict[str, object],
    models: list[str],
) -> None:
    """The client's own setting would compact at 67,000 tokens; nothing is summed up."""
    resumed(machine, leave(hours, answers, **plan))
    assert asked_of(api) == models
    (asked,) = main_requests(api)
    assert "goes on from a hand-over" not in asked.text
    assert FIRST in asked.text
    assert "And now?" in asked.text


@pytest.mark.long
def test_past_the_planned_window_haiku_sums_up(machine: Machine, api: Api, leave: Leave) -> None:
    """Warm, but longer than planned: the hand-over is Haiku's, where the user wants it so."""
    resumed(machine, leave(window_tokens=150_000, handover="haiku"))
    assert asked_of(api) == [HAIKU, OPUS]
    assert "goes on from a hand-over" in main_requests(api)[0].text


@pytest.mark.long
def test_past_the_planned_window_the_client_compacts(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Where nobody wants Haiku to sum up, the client's own compaction runs, on the main model."""

    def summed(request: Request) -> Reply:
        return Reply("<summary>A word, and a retry.</summary>" if "<summary>" in request.text
                     else "Done. " + "word " * 400, usage=LONG)  # fmt: skip

    api.script = summed
    plugin = copy(str(tmp_path / "plugin"))
    session = machine.run(FIRST, plugin=False, model="opus").session
    machine.run("more", "--resume", session, plugin=False, model="opus")
    planned(machine, window_tokens=190_000)
    api.requests.clear()
    resumed(machine, Left(plugin, session))
    first, *_, last = main_requests(api)
    assert "<summary>" in first.text
    assert "A word, and a retry." in last.text
    assert "And now?" in last.text


@pytest.mark.usefixtures("tmux")
def test_a_person_is_asked_and_may_say_yes(machine: Machine, api: Api, leave: Leave) -> None:
    """In the terminal: the question with both prices, the second option hands over."""
    left = leave(2, **(COLD | {"cold_return": "ask"}))
    options = ("--plugin-dir", left.plugin, "--resume", left.session)
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


WARM = LONG | {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 200_000}
PING = "one word: ok"


def soon(plugin: str) -> None:
    """Let the brain send its pings seconds after the cache was used; all else is as it ships."""
    path = Path(plugin, "cheaproute/usage/cache.py")
    text = path.read_text()
    assert text.count("FIVE_MINUTES_MS: 30_000") == 1
    path.write_text(text.replace("FIVE_MINUTES_MS: 30_000", "FIVE_MINUTES_MS: 298_000"))


def sent(api: Api) -> list[Request]:
    """The pings."""
    return [one for one in main_requests(api) if PING in one.text]


def all_is_booked(machine: Machine, api: Api) -> None:
    """The ledger holds what the API answered, token for token."""
    rows = machine.costs()["by_model"]
    for ours, theirs in (
        ("cache_read_tokens", "cache_read_input_tokens"),
        ("cache_write_5m_tokens", "cache_creation_input_tokens"),
        ("output_tokens", "output_tokens"),
    ):
        assert sum(row[ours] for row in rows) == sum(one.usage[theirs] for one in api.bill)


@pytest.mark.usefixtures("tmux")
def test_pings_stop_at_the_first_miss(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The session's own prefix is read; the second ping writes it anew and is the last one."""

    def answers(request: Request) -> Reply:
        if PING not in request.text:
            return Reply("Done.", usage=LONG)
        return Reply("ok", usage=WARM if len(sent(api)) == 1 else LONG)

    api.script = answers
    plugin = copy(str(tmp_path / "plugin"))
    soon(plugin)
    planned(machine, keep_warm=4, keep_warm_usd=5)
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        tui.wait("Keep-warm stopped in this session: the cache was not there")
        tui.type("And now?")
        tui.wait(lambda _screen: any("And now?" in one.text for one in main_requests(api)))
        tui.settle()
    first = next(one for one in main_requests(api) if PING not in one.text)
    assert len(sent(api)) == 2
    assert {json.dumps(one.body["system"]) for one in sent(api)} == {
        json.dumps(first.body["system"])
    }
    all_is_booked(machine, api)


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize(
    ("limit", "cap", "says"),
    [
        (0.07, "", "Kept the cache warm: 1 ping, $0.042"),
        in_long(
            5, "[cap]\nmonth_usd = 1.1\nat_cap = 'block'\n", "the cap leaves too little for more"
        ),
    ],
    ids=["its own limit", "the cap"],
)
def test_pings_stop_where_the_money_does(
    machine: Machine, api: Api, tmp_path: Path, limit: float, cap: str, says: str
) -> None:
    """One ping of four cents; the next one would be more than a day's limit, or than the cap."""
    api.script = lambda request: Reply("ok", usage=WARM if PING in request.text else LONG)
    plugin = copy(str(tmp_path / "plugin"))
    soon(plugin)
    planned(machine, keep_warm=4, keep_warm_usd=limit)
    path = Path(machine.home, ".config/cheaproute/config.toml")
    path.write_text(path.read_text() + cap)
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        tui.wait(lambda screen: says in " ".join(screen.split()))
        tui.settle()
    assert len(sent(api)) == 1
    all_is_booked(machine, api)


def slow(question: dict[str, Any]) -> Any:
    """A brain that says nothing at the turn's end, as one that is too slow; then one ping."""
    import os

    answer = {"enabled": True, "booked": True, "closed": False, "asks": "", "warm": True}
    if question["hook_event_name"] != "ModWarm":
        return answer
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "asked")
    if not os.path.exists(place):
        open(place, "w").close()
        return None
    if question["stage"] == "sent":
        return answer | {"line": "kept warm"}
    return answer | (
        {"fork": {"prompt": "one word: ok"}} if question["stage"] == "due" else {"wait_ms": 500}
    )


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_a_brain_that_was_slow_once_is_asked_again(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """A loaded machine at the end of a turn does not end keep-warm for the pause."""
    api.script = lambda request: Reply("ok" if PING in request.text else "Done.", usage=LONG)
    stand = Stand(str(tmp_path / "stand"), slow)
    with machine.tui("--plugin-dir", stand.place, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        tui.wait("kept warm", seconds=60)
    assert len(sent(api)) == 1
    told = [one for one in stand.questions if one["hook_event_name"] == "ModWarm"]
    assert [one["stage"] for one in told] == ["idle", "idle", "due", "sent"]
    assert told[3]["usage"]["cache_creation_input_tokens"] == 200_000


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("tmux")
def test_two_pings_over_five_minutes_of_cache(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Live: a ping half a minute before the cache runs out, one more, then a line; all booked."""
    api.script = lambda request: (
        Reply("ok", usage=WARM) if PING in request.text else script(request)
    )
    plugin = copy(str(tmp_path / "plugin"))
    planned(machine, keep_warm=2, keep_warm_usd=1)
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        begun = time.monotonic()
        tui.wait("Kept the cache warm: 2 pings", seconds=800)
        assert time.monotonic() - begun > 500  # twice 270 s, less what the answer took
    assert len(sent(api)) == 2
    all_is_booked(machine, api)
