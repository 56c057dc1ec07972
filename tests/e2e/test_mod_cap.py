"""The module's gate in the real client: whatever asks for a request, past the cap none leaves."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import CLASSIC, FIRST_FETCH, NEWEST, OLDEST
from tests.e2e.hands import copy, started
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd, reached, run
from tests.marks import in_long

FIRST = in_long(FIRST_FETCH)
EXACT = pytest.mark.parametrize("version", [FIRST, NEWEST])
# What some gateway gives every answer, though it looks like one of a kind.
ONE_ID = "req_011CQabcdefghijkLMNOPqrst"
LATEST = pytest.mark.parametrize("version", [NEWEST])
# $0.20 on Opus 5.5; the cap of these tests is $0.50.
DEAR = {"input_tokens": 50_000, "output_tokens": 0}
MOST = 3


def capped(machine: Machine, tmp_path: Path) -> str:
    """A cap of $0.50, and the plugin's copy."""
    assert machine.cheaproute("cap", "set", "0.5").returncode == 0
    return copy(str(tmp_path / "plugin"))


def settings(machine: Machine, hooks: dict[str, object]) -> None:
    """The project's own hooks."""
    path = Path(machine.project) / ".claude" / "settings.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"hooks": hooks}))


@EXACT
def test_a_stop_hook_that_blocks_for_ever(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A user's own hook that never lets a turn end makes no request past the cap."""
    plugin = capped(machine, tmp_path)
    api.script = lambda _request: Reply("Done, I think.", usage=DEAR)
    block = json.dumps({"decision": "block", "reason": "Not yet: go on."})
    settings(machine, {"Stop": [{"hooks": [{"type": "command", "command": f"echo '{block}'"}]}]})
    run(machine, plugin, "MAINTASK")
    assert 2 <= len(api.calls) <= MOST


@pytest.mark.long
@EXACT
def test_a_goal_that_is_never_reached(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`/goal` checks by requests of its own, which pass no step of the turn."""

    def script(request: Request) -> Reply:
        if scripts.is_goal_check(request):
            return Reply('{"ok": false, "reason": "not yet"}', usage=DEAR)
        return Reply("Still working.", usage=DEAR)

    plugin = capped(machine, tmp_path)
    api.script = script
    run(machine, plugin, "/goal the moon is reached")
    checks = [one for one in api.calls if scripts.is_goal_check(one)]
    assert 2 <= len(api.calls) - len(checks) <= MOST
    assert checks  # on Haiku, and for little
    reached_s = reached(api, 0.5)
    assert not [one for one in api.calls if reached_s and one.at_s > reached_s]


@pytest.mark.long
@EXACT
def test_agents_side_by_side(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Eight subagents at once pass the cap by no more than what was under way."""

    def script(request: Request) -> Reply:
        if "MAINTASK" not in request.text:
            return Reply("", [scripts.bash("echo 1")], usage=DEAR)
        if request.tool_results:
            return Reply("All done.")
        tasks = [scripts.agent(f"look {n}", f"Search the code, part {n}") for n in range(8)]
        return Reply("", tasks, usage=DEAR)

    plugin = capped(machine, tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK")
    reached = 0.0
    for number, billed in enumerate(sorted(api.bill, key=lambda one: one.at_s), 1):
        reached += bill_usd([billed])
        if reached >= 0.5:
            assert len(api.bill) - number <= 8
            break
    later = len(api.calls)
    run(machine, plugin, "MAINTASK again")
    assert len(api.calls) == later


@pytest.mark.long
@LATEST
def test_a_raise_lets_it_go_on(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The next prompt says why in one line; after a raise it runs."""
    plugin = capped(machine, tmp_path)
    api.script = scripts.endless(DEAR)
    run(machine, plugin, "MAINTASK")
    calls = len(api.calls)
    assert "cap" in run(machine, plugin, "And now?").text
    assert len(api.calls) == calls
    api.script = lambda _request: Reply("Going on.")
    machine.write(".config/cheaproute/config.toml", "[cap]\nmonth_usd = 5\n")
    assert run(machine, plugin, "And now?").text == "Going on."


@pytest.mark.long
@LATEST
def test_a_cap_that_only_warns_stops_nothing(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`at_cap = "warn"`: everything leaves."""
    plugin = capped(machine, tmp_path)
    machine.write(".config/cheaproute/config.toml", '[cap]\nat_cap = "warn"\n')
    api.script = lambda request: (
        Reply("End.") if request.tool_results > 3 else Reply("", [scripts.bash("echo 1")], DEAR)
    )
    assert run(machine, plugin, "MAINTASK").text == "End."
    assert len(api.calls) == 5


@pytest.mark.long
@pytest.mark.parametrize("version", [OLDEST, CLASSIC])
def test_older_clients_pass_the_module_over(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Below 2.1.286 the classic hooks count and cap as they did."""
    api.script = lambda _request: Reply("Fine.")
    result = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", model="sonnet")
    assert result.text == "Fine."
    assert result.code == 0
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@LATEST
@pytest.mark.parametrize("request_id", [ONE_ID, in_long("")])
def test_a_gateway_without_request_ids_of_its_own(
    machine: Machine, api: Api, tmp_path: Path, request_id: str
) -> None:
    """One id for every answer, or none: the transcript's rows are counted before the next call."""

    def script(request: Request) -> Reply:
        if request.tool_results >= 9:
            return Reply("All done.", usage=DEAR)
        again = [scripts.bash(f"echo {request.tool_results}")]
        return Reply("", again, usage=DEAR, headers={"request-id": request_id})

    plugin = capped(machine, tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK")
    assert 2 <= len(api.calls) <= MOST


@LATEST
@pytest.mark.parametrize("request_id", [in_long(ONE_ID), in_long("")])
def test_a_gateway_without_request_ids_where_nothing_is_kept(
    machine: Machine, api: Api, tmp_path: Path, request_id: str
) -> None:
    """No transcript tells of the calls either: each record is one."""
    headers = {"request-id": request_id}

    def script(request: Request) -> Reply:
        if request.tool_results >= 9:
            return Reply("All done.", usage=DEAR)
        again = [scripts.bash(f"echo {request.tool_results}")]
        return Reply("", again, usage=DEAR, headers=headers)

    plugin = capped(machine, tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK", "--no-session-persistence")
    assert 2 <= len(api.calls) <= MOST
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@LATEST
def test_a_users_own_price_makes_no_searches(machine: Machine, api: Api, tmp_path: Path) -> None:
    """What the client's list price is above the user's is no fee of the provider's searches."""
    machine.write(
        ".config/cheaproute/config.toml",
        '[prices.overrides."claude-opus-5-5"]\ninput = 3\noutput = 15\n',
    )
    api.script = lambda _request: Reply("Done.", usage=DEAR)
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert machine.costs()["total_usd"] == pytest.approx(0.15, abs=1e-6)


@EXACT
@pytest.mark.parametrize("pause_s", [0, in_long(0.5)])
def test_no_tool_runs_unjudged_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, pause_s: float
) -> None:
    """A user's own hook that asks a model about each tool lets none run that it could not ask for.

    A tool begins while its message still streams, so that its judge may be asked for before the
    message's bill or after it: refused or not, what ran was judged.
    """
    judge = {"type": "prompt", "prompt": "JUDGE $ARGUMENTS"}
    settings(machine, {"PreToolUse": [{"matcher": "Bash", "hooks": [judge]}]})
    judged: list[str] = []

    def script(request: Request) -> Reply:
        if "JUDGE" in request.text + request.system and "MAINTASK" not in request.text:
            judged.append(request.text)
            return Reply('{"ok": true}')
        names = [f"ran-{request.tool_results + n}-" for n in range(4)]
        used = {**DEAR, "cache_read_input_tokens": 10}  # the third is taken for a cheap one
        return Reply("", [scripts.bash(f"touch {name}") for name in names], used, pause_s=pause_s)

    plugin = capped(machine, tmp_path)
    api.script = script
    run(machine, plugin, "MAINTASK")
    ran = [path.name for path in Path(machine.project).glob("ran-*")]
    assert len([call for call in api.calls if "MAINTASK" in call.text]) == MOST
    assert ran
    assert all(any(name in text for text in judged) for name in ran), (ran, judged)


@LATEST
@pytest.mark.parametrize(
    ("before", "hooked"),
    [("", False), in_long("1000", False), in_long("", True)],  # noqa: FBT003
)
def test_a_cap_that_is_set_while_a_session_is_idle(
    machine: Machine, api: Api, tmp_path: Path, before: str, *, hooked: bool
) -> None:
    """Not one request of its next prompt leaves, by the module alone, and nothing is set aside."""
    if before:
        machine.cheaproute("cap", "set", before)
    plugin = copy(str(tmp_path / "plugin"))
    path = Path(plugin, "hooks", "hooks.json")
    table = json.loads(path.read_text())
    if not hooked:
        del table["hooks"]["UserPromptSubmit"]
    path.write_text(json.dumps(table))
    api.script = lambda _request: Reply("Seen.", usage=DEAR)
    with machine.talk("--plugin-dir", plugin, plugin=False) as say:
        assert say("MAINTASK one") == "Seen."
        assert say("MAINTASK two") == "Seen."
        idle(machine, spent_usd=bill_usd(api.bill))
        assert machine.cheaproute("cap", "set", "0.1").returncode == 0
        calls = len(api.calls)
        for _ in range(2):
            assert "cap" in say("MAINTASK three")
        assert len(api.calls) == calls


@LATEST
@pytest.mark.long
def test_a_prompt_that_anothers_hook_holds_begins_no_turn(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Far from the cap our own hook is spared; what was set aside for the turn is given back."""
    machine.cheaproute("cap", "set", "1000")
    log, plugin = started(tmp_path / "plugin"), str(tmp_path / "plugin")
    no = json.dumps({"decision": "block", "reason": "Not today."})
    held = f"if grep -q HELD; then echo '{no}'; fi"
    settings(machine, {"UserPromptSubmit": [{"hooks": [{"type": "command", "command": held}]}]})
    api.script = lambda _request: Reply("Seen.", usage=DEAR)
    with machine.talk("--plugin-dir", plugin, plugin=False) as say:
        assert say("MAINTASK one") == "Seen."
        idle(machine, spent_usd=bill_usd(api.bill))
        say("MAINTASK HELD")
        idle(machine, spent_usd=bill_usd(api.bill))
        assert say("MAINTASK two") == "Seen."
        idle(machine, spent_usd=bill_usd(api.bill))
    assert len(api.calls) == 2
    assert log.read_text().split().count("user_prompt_submit") == 1


def idle(machine: Machine, spent_usd: float) -> None:
    """Wait until what was answered is booked and nothing is set aside any more."""
    deadline = time.monotonic() + 20
    while True:
        with closing(store.connect(f"{machine.data}/ledger.db")) as db:
            spent = db.execute("SELECT coalesce(sum(cost_nano), 0) FROM call").fetchone()[0]
            held = db.execute("SELECT purpose, nano FROM reservation").fetchall()
        if not held and spent / 1e9 == pytest.approx(spent_usd, abs=1e-6):
            return
        assert time.monotonic() < deadline, (held, spent, spent_usd)
        time.sleep(0.2)


@LATEST
def test_a_turn_on_haiku_leaves_the_cache_of_the_session_s_own_model(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Near the cap the prompt after `/cheap` leaves: Opus reads what it had a moment ago."""
    used = {"input_tokens": 0, "cache_read_input_tokens": 80_000, "output_tokens": 100}
    api.script = lambda _request: Reply("Seen.", usage=used)
    plugin = capped(machine, tmp_path)
    on = ("--resume", run(machine, plugin, "MAINTASK").session)
    assert run(machine, plugin, "/cheaproute:cheap list the files", *on).text == "Seen."
    told = json.loads(machine.cheaproute("cap", "--json").stdout)
    assert told["next_call_usd"] > 80_000 * 4e-6  # once a person has typed it is cold
    left = machine.costs()["total_usd"] + 0.08
    assert machine.cheaproute("cap", "set", f"{left:.4f}").returncode == 0
    assert run(machine, plugin, "And now?", *on).text == "Seen."
    assert ["haiku" in model for model in api.models] == [False, True, False]


@LATEST
def test_a_run_of_which_all_is_refused_is_no_fault(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """By its step's length it would leave; where that is known it does not: the seat was seen."""
    assert machine.cheaproute("cap", "set", "0.02").returncode == 0
    result = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert "Not sent: this request is likely to cost" in result.text
    assert api.calls == []
    told = [one for one in machine.cheaproute("doctor").stdout.splitlines() if "the module" in one]
    assert "never seen there" not in "".join(told)
    assert "no request was answered" in told[0]
