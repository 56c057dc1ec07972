"""Every kind of session in the real client: the books say what the API billed, the cap holds."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.module import seats
from cheaproute.ledger.schema import HELPER
from tests.api import Api, Billed, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy, plugin_beside, started
from tests.e2e.kinds import (
    CAP_USD,
    MARK,
    USAGE,
    WAYS,
    Way,
    background,
    dear,
    everything,
    go,
    in_turn,
    plain,
    said,
)
from tests.e2e.session import Machine, Result
from tests.e2e.test_mod_books import bill_usd, reached


def ways(*short: Callable[[Path], object]) -> pytest.MarkDecorator:
    """All ways in the newest client, all but the `short` ones under the marker `long`."""
    return pytest.mark.parametrize(
        "way",
        [
            pytest.param(way, marks=[] if way in short else [pytest.mark.long], id=way.__name__)
            for way in WAYS
        ],
    )


@pytest.mark.parametrize("version", [NEWEST])
@ways(background)
def test_the_books_say_what_was_billed(
    machine: Machine, api: Api, tmp_path: Path, way: Callable[[Path], object]
) -> None:
    """Each request once and at its price, before and after the transcripts are imported."""
    assert all_is_booked(machine, api, tmp_path, way).cost_usd == pytest.approx(
        bill_usd(api.bill), abs=1e-6 * len(api.bill)
    )


def all_is_booked(machine: Machine, api: Api, place: Path, way: Callable[[Path], object]) -> Result:
    """How a session of this way ended, all of whose requests are in the books."""
    with way(place) as made:  # type: ignore[attr-defined]
        result = go(machine, place, made)
    assert len(api.bill) >= made.least, api.models
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    report = machine.costs()
    assert report["total_usd"] == billed
    assert sum(model["messages"] for model in report["by_model"]) == len(api.bill)
    assert machine.cheaproute("import").returncode == 0
    assert machine.costs()["total_usd"] == billed
    assert machine.cheaproute("ledger", "check").returncode == 0
    return result


@pytest.mark.long
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH])
def test_the_books_of_everything_at_once(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """The same in the clients that are not the newest, all ways in one session.

    The oldest has another price for what Sonnet 5.5 keeps in its cache; the books have the bill.
    """
    told_usd = all_is_booked(machine, api, tmp_path, everything).cost_usd
    assert {one.model.split("-")[1] for one in api.bill} == {"opus", "sonnet", "haiku"}
    like = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert (told_usd == like) == (version != FIRST_MODULE)


@pytest.mark.parametrize("version", [NEWEST])
@ways()
def test_nothing_leaves_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, way: Callable[[Path], object]
) -> None:
    """Once answered requests have reached the cap the API hears no more, of whomever."""
    assert machine.cheaproute("cap", "set", str(CAP_USD)).returncode == 0
    with way(tmp_path) as made:  # type: ignore[attr-defined]
        for _ in range(3):
            told = go(machine, tmp_path, replace(made, script=dear(made.script)))
    reached_s = reached(api, CAP_USD)
    # Reached, or so near that the next request did not fit.
    assert reached_s or "Not sent" in told.text, told.text
    assert [call.model for call in api.calls if reached_s and call.at_s > reached_s] == []
    assert bill_usd(api.bill) < CAP_USD + 0.07
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH])
def test_a_cap_is_reached_in_each_of_them(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """One cap after the other: nothing leaves then, in the oldest no step of any loop.

    What goes past it there is of helpers alone, and in the books.
    """
    for way in WAYS:
        place = tmp_path / way.__name__
        place.mkdir()
        cap_usd = bill_usd(api.bill) + CAP_USD
        machine.write(".config/cheaproute/config.toml", f"[cap]\nmonth_usd = {cap_usd}\n")
        with way(place) as made:
            for _ in range(3):  # on a cheaper model it takes more than one
                told = go(machine, place, replace(made, script=dear(made.script)))
                if "cap" in told.text or reached(api, cap_usd) is not None:
                    break
        machine.cheaproute("import")
        reached_s = reached(api, cap_usd)
        assert reached_s is not None or "cap" in told.text, (way.__name__, told.text)
        late = [one for one in api.bill if reached_s and one.sent_s > reached_s]
        assert set(booked_as(machine, late)) <= ({HELPER} if version == FIRST_MODULE else set())
        assert version == FIRST_MODULE or api.calls[-1].at_s < (reached_s or api.calls[-1].at_s + 1)
        assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)
    assert cap_seen(machine) == (seats.BETWEEN if version == FIRST_MODULE else seats.EXACT)
    calls = len(api.calls)
    spent = f"[cap]\nmonth_usd = {bill_usd(api.bill) / 2}\n"
    machine.write(".config/cheaproute/config.toml", spent)
    assert "cap reached" in go(machine, place, Way(lambda _request: said(), 0)).text
    assert len(api.calls) == calls


def booked_as(machine: Machine, billed: list[Billed]) -> list[int]:
    """What kind of call each of `billed` is in the ledger."""
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        known = dict(db.execute("SELECT request, source FROM call").fetchall())
    return [known[one.request_id] for one in billed]


def cap_seen(machine: Machine) -> str:
    """How far the cap was said to hold in the session that was heard of last."""
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is not None
    return seat.cap


@pytest.mark.long
@pytest.mark.parametrize(
    ("version", "kept"),
    [(NEWEST, True), (NEWEST, False), (FIRST_FETCH, True), (FIRST_MODULE, True)],
    ids=["kept", "no-session-persistence", "kept in 2.1.322", "kept in the oldest"],
)
def test_a_client_that_is_killed(machine: Machine, api: Api, tmp_path: Path, *, kept: bool) -> None:
    """SIGKILL while a tool runs: what was answered is in the books, once, also when it goes on."""
    plugin = copy(str(tmp_path / "plugin"))

    def script(request: Request) -> Reply:
        if "RESUMED" in request.text or request.tool_results > 2:
            return said()
        rest = "sleep 60" if request.tool_results == 2 else "echo 1"
        return Reply("", [scripts.bash(f"{rest}; echo {request.tool_results}")], USAGE)

    api.script = script
    options = ["-p", MARK, *machine.options(plugin=False, model="opus"), "--plugin-dir", plugin]
    options += [] if kept else ["--no-session-persistence"]
    command = [machine.claude, *options]
    with subprocess.Popen(
        command, cwd=machine.project, env=machine.env, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as client:
        deadline = time.monotonic() + 60
        while machine.costs()["total_usd"] < bill_usd(api.bill) or len(api.bill) < 3:
            assert time.monotonic() < deadline, api.models
            time.sleep(0.2)
        client.kill()
    if kept:
        session = next(Path(machine.home).glob(".claude/projects/*/*.jsonl")).stem
        more = ("--resume", session, "--plugin-dir", plugin)
        machine.run("RESUMED", *more, plugin=False, model="opus")
        fork = ("--resume", session, "--fork-session", "--plugin-dir", plugin)
        machine.run("RESUMED again", *fork, plugin=False, model="opus")
        assert len(api.bill) >= 5
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed
    assert machine.cheaproute("ledger", "check").returncode == 0


BESIDE = """
const step = async function* ($, e, next) {
  if (e.index === 1) for (;;);
  return yield* next(e)
}
export const register = on => { on("turn.step", step) }
"""


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", [False, True], ids=["books", "cap"])
def test_a_worker_that_is_killed(machine: Machine, api: Api, tmp_path: Path, *, cap: bool) -> None:
    """Another module spins: all modules are loaded anew and nothing is lost, and the cap holds."""
    if cap:
        machine.cheaproute("cap", "set", str(CAP_USD))
    other = plugin_beside(tmp_path / "other", BESIDE)
    endless = dear(scripts.endless(USAGE))
    way = Way(endless if cap else plain, 4, ("--plugin-dir", other))
    go(machine, tmp_path, way)
    if cap:
        assert 2 <= len(api.calls) <= 3
    else:
        assert len(api.bill) == 4
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", [False, True], ids=["books", "cap"])
def test_two_copies_of_the_module(machine: Machine, api: Api, tmp_path: Path, *, cap: bool) -> None:
    """The plugin is loaded twice, under two names: each request is booked once, the cap holds."""
    if cap:
        machine.cheaproute("cap", "set", str(CAP_USD))
    second = Path(copy(str(tmp_path / "second")))
    manifest = second / ".claude-plugin" / "plugin.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"name": "again"}))
    endless = dear(scripts.endless(USAGE))
    go(machine, tmp_path, Way(endless if cap else plain, 4, ("--plugin-dir", str(second))))
    # Two that are answered do not reach the cap, three pass it: the third may be thought too dear.
    assert len(api.bill) in ((2, 3) if cap else (4,))
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [NEWEST])
def test_a_terminal_s_session(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Title, background agent, `/clear`, `/model` by hand: to the millionth, the model kept."""
    machine.extra = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""}
    machine.write(".config/cheaproute/config.toml", '[routing]\nmain = "auto"\n')
    agent = scripts.agent("Look", "AGENT root-cause", run_in_background=True)
    api.script = in_turn([agent])
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type(f"{MARK} prove that the lock is sound")
        tui.wait("Said.", 60)
        tui.settle(4)
        tui.type("/clear")
        tui.settle(2)
        tui.type(f"{MARK} list the files")
        tui.wait(lambda screen: "Said." in screen, 60)
        tui.settle(4)
        tui.type("/model sonnet")
        tui.settle(2)
        tui.type(f"{MARK} prove it again")
        tui.settle(4)
    api.outside.clear()  # what the client reaches for where it may
    loops = [call for call in api.calls if call.body.get("tools")]  # and no title
    by_hand = [call.model for call in loops if "prove it again" in call.text]
    assert by_hand, api.models
    assert set(by_hand) == {"claude-sonnet-5-5"}
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    report = machine.costs()
    assert report["total_usd"] == billed
    assert len(loops) < len(api.calls), "no title was asked for"
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", ["", "1000"])
def test_what_starts_for_a_request(machine: Machine, api: Api, tmp_path: Path, cap: str) -> None:
    """Far from the cap: who stands by is asked, nothing starts; no gate, no batch."""
    if cap:
        machine.cheaproute("cap", "set", cap)
    log, requests = started(tmp_path / "plugin"), 20

    def script(request: Request) -> Reply:
        if request.tool_results >= requests - 1:
            return said()
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], USAGE, delay_s=0.5)

    go(machine, tmp_path, Way(script, requests))
    begun = log.read_text().split()
    assert len(api.bill) == requests
    once = {"session_start": 1, "mod_standby": 1, "user_prompt_submit": 1, "session_end": 1}
    # The start of the session, and what was asked before somebody stood by; the first batch may
    # come before its record.
    assert begun.count("mod") <= 3, begun
    assert begun.count("post_tool_batch") <= 1
    others = [one for one in begun if one not in ("mod", "post_tool_batch")]
    assert {one: others.count(one) for one in others} == once
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_what_goes_in_circles_is_looked_at(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The same tools again: the batch's hook counts them, for a runaway is its matter."""
    log = started(tmp_path / "plugin")
    machine.write(".config/cheaproute/config.toml", '[cap]\nmonth_usd = 1000\nrunaway = "stop"\n')
    api.script = lambda request: (
        said("Nothing stopped me.")
        if request.tool_results > scripts.ENOUGH
        else Reply("", [scripts.bash("echo again")], USAGE)
    )
    options = ("--plugin-dir", str(tmp_path / "plugin"))
    machine.run(MARK, *options, plugin=False, model="opus")
    assert log.read_text().split().count("post_tool_batch") >= 5
    assert len(api.bill) <= 7
