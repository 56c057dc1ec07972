"""Cold returns, planned windows and keep-warm, with the brain, in the real client."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cheaproute.usage.call import ESTIMATED, EXACT
from tests.api import Api, Billed, Reply, Request
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import Stand, copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.marks import in_long

# The first client with modules, and the first in which one sees each request.
OLDER = (FIRST_MODULE, FIRST_FETCH)


@pytest.fixture
def version() -> str:
    """The newest client, where nothing else is said."""
    return NEWEST


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


WAIT_S = 0.3  # as an API that has to think


def script(request: Request) -> Reply:
    """A long first answer, short ones later; Haiku writes the hand-over it is asked for."""
    if "Write a hand-over" in request.text:
        return Reply(GOOD, usage={"input_tokens": 50_000, "output_tokens": 300}, delay_s=WAIT_S)
    used = SHORT if "hand-over of the conversation" in request.text else LONG
    return Reply("Done.", usage=used, delay_s=WAIT_S)


def planned(machine: Machine, **plan: object) -> None:
    """The user's plan, and the window that makes the client ask."""
    machine.write(".claude/settings.json", json.dumps({"autoCompactWindow": 100_000}))
    rows = "".join(f"{key} = {json.dumps(value)}\n" for key, value in plan.items())
    machine.write(".config/cheaproute/config.toml", f"[plan]\n{rows}")


def begin(machine: Machine, plugin: str) -> str:
    """A session of 200,000 tokens; its id."""
    done = machine.run(FIRST, "--plugin-dir", plugin, plugin=False, model="opus")
    assert done.text.startswith("Done."), done
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


def named(machine: Machine) -> list[tuple[str, int, int]]:
    """`(name, nano-dollars, how sure)` of the pings and hand-overs in the ledger."""
    with closing(sqlite3.connect(os.path.join(machine.data, "ledger.db"))) as db:
        return db.execute(
            "SELECT purpose, cost_nano, estimated FROM call"
            " WHERE purpose IN ('keep-warm', 'hand-over')"
        ).fetchall()


def every_dollar_is_booked(machine: Machine, api: Api, **names: int) -> None:
    """The ledger holds what the API billed, and so many calls of the plan's own by their names."""
    with closing(sqlite3.connect(os.path.join(machine.data, "ledger.db"))) as db:
        (nano,) = db.execute("SELECT sum(cost_nano) FROM call").fetchone()
    assert nano / 1e9 == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert not any(how == ESTIMATED for _, _, how in named(machine))
    ours = Counter(name for name, _, _ in named(machine))
    assert ours == {name.replace("_", "-"): many for name, many in names.items() if many}
    assert machine.cheaproute("ledger", "check").returncode == 0


Leave = Callable[..., Left]
COLD: dict[str, object] = {"cold_return": "always", "cold_tokens": 60_000}


@pytest.mark.parametrize(
    "version", [NEWEST, *(pytest.param(old, marks=pytest.mark.long) for old in OLDER)]
)
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
    every_dollar_is_booked(machine, api, hand_over=1)


@pytest.mark.long
def test_a_hand_over_under_way_when_the_client_is_killed(
    machine: Machine, api: Api, leave: Leave
) -> None:
    """It is in the books as an estimate, for it is billed, and is no more than that later."""

    def slow(request: Request) -> Reply:
        handed = "Write a hand-over" in request.text
        return replace(script(request), delay_s=3) if handed else script(request)

    left = leave(2, slow, **COLD)
    options = machine.options(plugin=False, model="opus")
    with subprocess.Popen(
        [machine.claude, "-p", "And now?", *options, "--plugin-dir", left.plugin,
         "--resume", left.session],
        cwd=machine.project, env=machine.env, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as client:  # fmt: skip
        end = time.monotonic() + 60
        while HAIKU not in asked_of(api) and time.monotonic() < end:
            time.sleep(0.05)
        os.killpg(client.pid, signal.SIGKILL)
    assert asked_of(api) == [HAIKU]
    ((name, nano, how),) = named(machine)
    assert (name, how) == ("hand-over", ESTIMATED)
    assert nano > 50_000 * 1_000  # what it was asked to read, and more: the context
    api.script = script
    resumed(machine, left)
    assert sorted(how for _, _, how in named(machine)) == [EXACT, ESTIMATED]
    assert machine.cheaproute("ledger", "check").returncode == 0


def wrong(request: Request) -> Reply:
    """Haiku makes up what was asked last."""
    if "Write a hand-over" in request.text:
        return replace(script(request), text=GOOD.replace(FIRST, "Please do something else"))
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
    every_dollar_is_booked(machine, api, hand_over=models.count(HAIKU))


@pytest.mark.long
def test_past_the_planned_window_haiku_sums_up(machine: Machine, api: Api, leave: Leave) -> None:
    """Warm, but longer than planned: the hand-over is Haiku's, where the user wants it so."""
    resumed(machine, leave(window_tokens=150_000, handover="haiku"))
    assert asked_of(api) == [HAIKU, OPUS]
    assert "goes on from a hand-over" in main_requests(api)[0].text
    every_dollar_is_booked(machine, api, hand_over=1)


@pytest.mark.long
def test_past_the_planned_window_the_client_compacts(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Where nobody wants Haiku to sum up, the client's own compaction runs, on the main model."""

    def summed(request: Request) -> Reply:
        return Reply("<summary>A word, and a retry.</summary>" if "<summary>" in request.text
                     else "Done. " + "word " * 400, usage=LONG, delay_s=WAIT_S)  # fmt: skip

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
    every_dollar_is_booked(machine, api)


@pytest.mark.long
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
        tui.wait("Done.")
        tui.settle()
    (asked,) = main_requests(api)
    assert "goes on from a hand-over" in asked.text
    assert "And now?" in asked.text
    every_dollar_is_booked(machine, api, hand_over=1)


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


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize(
    "version", [NEWEST, *(pytest.param(old, marks=pytest.mark.long) for old in OLDER)]
)
def test_pings_stop_at_the_first_miss(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The session's own prefix is read; the second ping writes it anew and is the last one."""

    def answers(request: Request) -> Reply:
        if PING not in request.text:
            return Reply("Done.", usage=LONG, delay_s=WAIT_S)
        return Reply("ok", usage=WARM if len(sent(api)) == 1 else LONG, delay_s=WAIT_S)

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
    every_dollar_is_booked(machine, api, keep_warm=2)


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize(
    ("limit", "cap", "says"),
    [
        in_long(0.07, "", "Kept the cache warm: 1 ping, $0.042"),
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
    api.script = lambda request: Reply(
        "ok", usage=WARM if PING in request.text else LONG, delay_s=WAIT_S
    )
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
    every_dollar_is_booked(machine, api, keep_warm=1)


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_a_ping_that_the_session_ends_under(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The client leaves while it is under way and books nothing: an estimate of ours, marked."""

    def answers(request: Request) -> Reply:
        ping = PING in request.text
        return Reply("ok", usage=WARM if ping else LONG, delay_s=30 if ping else WAIT_S)

    api.script = answers
    plugin = copy(str(tmp_path / "plugin"))
    soon(plugin)
    planned(machine, keep_warm=2, keep_warm_usd=5)
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        tui.type(FIRST)
        tui.wait(lambda _screen: len(sent(api)) == 1)
        tui.type("/exit")
        end = time.monotonic() + 60  # the screen goes with the client
        while named(machine) == [] and time.monotonic() < end:
            time.sleep(0.1)
    ((name, nano, estimated),) = named(machine)
    assert (name, estimated) == ("keep-warm", 1)
    bill = bill_usd([Billed("", "", OPUS, WARM, 0)])
    assert nano / 1e9 == pytest.approx(bill, rel=0.05)


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_nothing_is_sent_right_after_a_resume(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Whether its cache is there nobody knows: no pause is asked about before its first answer."""
    api.script = lambda _request: Reply("Done.", usage=LONG, delay_s=WAIT_S)
    session = begin(machine, copy(str(tmp_path / "plugin")))
    stand = Stand(str(tmp_path / "stand"), warms)
    options = ("--plugin-dir", stand.place, "--resume", session)
    with machine.tui(*options, plugin=False, model="opus") as tui:
        tui.ready()
        tui.wait(lambda _screen: stand.asked("ModStart") != [])
        tui.settle()
        assert stand.asked("ModWarm") == []
        tui.type("And now?")
        tui.wait(lambda _screen: stand.asked("ModWarm") != [])
    names = [one["hook_event_name"] for one in stand.questions]
    assert names.index("ModWarm") > max(names.index(name) for name in ("ModStart", "ModTurn"))


def warms(question: dict[str, Any]) -> Any:
    """A brain that wants to be asked about pauses, and has nothing to say in one."""
    assert question
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "warm": True}


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
    every_dollar_is_booked(machine, api, keep_warm=2)
