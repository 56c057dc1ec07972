"""What may befall the module beside faults of its own: nothing waits, nothing is uncounted."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.module import seats
from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_MODULE, NEWEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd, run

pytestmark = pytest.mark.long
LATEST = pytest.mark.parametrize("version", [NEWEST])

# $0.20 on Opus 5.5.
# A little of it is read from the cache: so the next one is thought to be cheap, and leaves.
DEAR = {"input_tokens": 49_990, "cache_read_input_tokens": 200, "output_tokens": 0}


def seat_of(machine: Machine) -> seats.Seats:
    """The seats of the session that was heard of last."""
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is not None
    return seat


@LATEST
def test_a_client_that_can_keep_nothing_for_it(machine: Machine, api: Api, plugin: str) -> None:
    """What the module's own store cannot take is no failure of the brain: the cap is exact."""
    machine.write(".claude/plugins/store", "no directory")
    machine.cheaproute("cap", "set", "0.5")
    api.script = scripts.endless(DEAR)
    run(machine, plugin, "MAINTASK")
    assert len(api.calls) == 3
    assert seat_of(machine).cap == seats.EXACT
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@LATEST
def test_a_pipe_in_the_place_of_a_pass(machine: Machine, api: Api, plugin: str) -> None:
    """Whoever opened it would wait for its other end: the hooks are started instead."""
    machine.cheaproute("cap", "set", "1000")
    api.script = scripts.turns(
        *(Reply("", [scripts.bash(f"echo {n}")], DEAR) for n in range(3)), Reply("Said.")
    )
    with machine.talk("--plugin-dir", plugin, plugin=False) as say:
        assert say("MAINTASK one") == "Said."
        place = Path(machine.data, "passes", str(seat_of(machine).pid))
        place.unlink(missing_ok=True)
        os.mkfifo(place)
        assert say("MAINTASK two") == "Said."
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@LATEST
def test_it_is_turned_off_amid_a_session(machine: Machine, api: Api, plugin: str) -> None:
    """From the next turn on the hooks count and cap as where there is no module."""
    path, cap = ".config/cheaproute/config.toml", "[cap]\nmonth_usd = 1\n"
    machine.write(path, cap)
    api.script = lambda _request: Reply("Seen.", usage=DEAR)
    with machine.talk("--plugin-dir", plugin, plugin=False) as say:
        assert say("one") == "Seen."
        machine.write(path, f"{cap}[mod]\nenabled = false\n")
        assert say("two") == "Seen."
        api.script = scripts.endless(DEAR)
        say("MAINTASK three")
        assert "cap reached" in say("four")
    assert len(api.calls) == 5
    assert seat_of(machine).cap == seats.HOOKS
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@pytest.mark.parametrize("version", [FIRST_MODULE, NEWEST])
def test_answers_that_break_off(machine: Machine, api: Api, plugin: str) -> None:
    """The client asks again: what the broken ones used is in the books as in its own total.

    As an estimate, for in that it is one.
    """
    broken: list[Request] = []

    def script(request: Request) -> Reply:
        if request.tool_results == 1 and len(broken) < 2:
            broken.append(request)
            return Reply(
                "word " * 50, usage={"input_tokens": 9_000, "output_tokens": 300}, cut=True
            )
        if request.tool_results < 3:
            return Reply("", [scripts.bash(f"echo {request.tool_results}")], DEAR)
        return Reply("Said.")

    api.script = script
    told_usd = run(machine, plugin, "MAINTASK").cost_usd
    assert told_usd > bill_usd(api.bill) + 0.06  # two prompts of 9,000 tokens
    for _ in range(2):
        report = machine.costs()
        assert report["total_usd"] == pytest.approx(told_usd, abs=1e-5)
        assert report["lower_bound"] is True  # what they had answered nobody knows
        machine.cheaproute("import")


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("version", [FIRST_MODULE, NEWEST])
def test_a_cut_answer_that_said_little_is_a_bound(
    machine: Machine, api: Api, plugin: str, *, hooked: bool
) -> None:
    """The client ends it as if it were whole; its row tells, also where nothing hooked it."""
    cut: list[Request] = []

    def script(request: Request) -> Reply:
        if request.tool_results == 1 and not cut:
            cut.append(request)
            return Reply("half an answer", usage={**DEAR, "output_tokens": 300}, cut=True)
        if request.tool_results < 3:
            return Reply("", [scripts.bash(f"echo {request.tool_results}")], DEAR)
        return Reply("Said.")

    api.script = script
    options = ("--plugin-dir", plugin) if hooked else ()
    told_usd = machine.run("MAINTASK", *options, plugin=False).cost_usd
    for command in ("import", "rebuild", "import"):
        machine.cheaproute(command)
        report = machine.costs()
        assert (report["lower_bound"], report["open_calls"]) == (True, 1)
        assert report["total_usd"] == pytest.approx(told_usd, abs=1e-4)  # its guess of a word


@pytest.mark.parametrize("version", [FIRST_MODULE, NEWEST])
def test_what_is_kept_is_whole_as_a_client_ends(machine: Machine, api: Api, plugin: str) -> None:
    """A client that ended amid a write would leave its lock, for which the next session waits."""
    kept = Path(machine.home, ".claude", "plugins", "store")
    for turn in range(8):
        run(machine, plugin, f"Go on. {turn}")
        assert [one.name for one in kept.iterdir() if one.suffix == ".lock"] == []
    assert len(api.bill) == 8
