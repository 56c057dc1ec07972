"""The module with its brain, in the real client: what the API bills is what the ledger has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.api import Api, Billed, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy, plugin_beside
from tests.e2e.session import Machine, Result
from tests.marks import in_long

OLDER = [*map(in_long, (FIRST_MODULE, FIRST_FETCH))]
EVERY = pytest.mark.parametrize("version", [*OLDER, NEWEST])
LATEST = pytest.mark.parametrize("version", [NEWEST])
TABLE = prices.load()


def bill_usd(billed: Iterable[Billed]) -> float:
    """What the provider bills, at list price."""
    total = 0
    for one in billed:
        usage = one.usage
        call = Call("", 1_795_000_000_000, one.model)
        call.input, call.output = usage["input_tokens"], usage["output_tokens"]
        call.read = usage.get("cache_read_input_tokens", 0)
        call.write_5m = usage.get("cache_creation_input_tokens", 0)
        call.web_search = usage.get("server_tool_use", {}).get("web_search_requests", 0)
        total += prices.cost_nano(call, TABLE) or 0
    return total / 1e9


def reached(api: Api, cap_usd: float) -> float | None:
    """When answered requests had reached the cap; None where they did not."""
    total = 0.0
    for one in sorted(api.bill, key=lambda one: one.at_s):
        total += bill_usd([one])
        if total >= cap_usd:
            return one.at_s
    return None


def sound(machine: Machine, api: Api) -> None:
    """The ledger has what was billed, and is sound."""
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)
    done = machine.cheaproute("ledger", "check")
    assert done.returncode == 0, done.stdout


def run(machine: Machine, plugin: str, prompt: str, *options: str, model: str = "opus") -> Result:
    """One session with the copied plugin."""
    return machine.run(prompt, "--plugin-dir", plugin, *options, plugin=False, model=model)


@EVERY
def test_the_ledger_has_what_the_api_billed(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Each request once, whether the transcript or the module tells of it first."""
    api.script = scripts.with_agent
    plugin = copy(str(tmp_path / "plugin"))
    result = run(machine, plugin, "MAINTASK")
    assert result.text == "All done."
    report = machine.costs()
    assert sum(model["messages"] for model in report["by_model"]) == len(api.bill)
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    again = machine.cheaproute("import")
    assert again.returncode == 0, again.stderr
    assert machine.costs()["total_usd"] == report["total_usd"]


@LATEST
def test_a_session_without_transcript_is_counted(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """`--no-session-persistence` leaves no row: the module's record is the record."""
    api.script = scripts.with_agent
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", "--no-session-persistence")
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@EVERY
@pytest.mark.parametrize("persistence", [[], in_long(["--no-session-persistence"])])
def test_no_request_leaves_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, persistence: list[str]
) -> None:
    """Once the answered requests have reached the cap the API hears no more."""
    usage = {"input_tokens": 50_000, "output_tokens": 0}  # $0.20 on Opus 5.5
    api.script = scripts.endless(usage)
    machine.cheaproute("cap", "set", "0.5")
    first = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", *persistence)
    assert 2 <= len(api.bill) <= 3, first.text
    told = run(machine, str(tmp_path / "plugin"), "And now?")
    assert len(api.calls) == len(api.bill) <= 3
    assert "cap reached" in told.text or "Not sent" in told.text


LOOK = scripts.agent("List files", "List the names of the files in this folder. " + scripts.TASK)


def with_easy_agent(request: Request) -> Reply:
    """A subagent with a simple task, an end."""
    if "MAINTASK" not in request.text:
        return Reply("a.txt")
    return Reply("All done.") if request.tool_results else Reply("", [LOOK])


@EVERY
def test_a_subagent_is_routed_at_its_first_request(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """The simple task runs on Haiku, once decided; what that saved is booked."""
    api.script = with_easy_agent
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert ["haiku" in model for model in api.models] == [False, True, False]
    report = machine.costs()
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)
    haiku = bill_usd(one for one in api.bill if "haiku" in one.model)
    assert report["saved_usd"] == pytest.approx(0.006 - haiku, abs=1e-6)


BESIDE = """
const step = async function* ($, e, next) {
  return yield* next({ ...e, model: e.agentId === undefined ? e.model : "claude-sonnet-5-5" })
}
const fetch = ($, e, next) => next(e)
export const register = on => { on("turn.step", step); on("http.fetch", fetch) }
"""


@pytest.mark.long
@EVERY
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_another_module_beside_ours(machine: Machine, api: Api, tmp_path: Path, first: str) -> None:
    """In both orders nothing is lost or counted twice; the books say which model ran.

    One behind ours has the last word: saved is what its model saved. One before it has named the
    agent's model, which is kept as anybody's is.
    """
    api.script = with_easy_agent
    other = plugin_beside(tmp_path / "other", BESIDE)
    places = [copy(str(tmp_path / "plugin")), other]
    if first == "theirs":
        places.reverse()
    options = [word for place in places for word in ("--plugin-dir", place)]
    machine.run("MAINTASK", *options, plugin=False, model="opus")
    assert [model.split("-")[1] for model in api.models] == ["opus", "sonnet", "opus"]
    report = machine.costs()
    assert {one["model"]: one["messages"] for one in report["by_model"]} == Counter(api.models)
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)
    saved = 0.006 - bill_usd(one for one in api.bill if "sonnet" in one.model)
    assert report["saved_usd"] == pytest.approx(saved if first == "ours" else 0, abs=1e-6)
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == report["total_usd"]


ASKS = """
const done = async ($, e, next) => {
  const result = await next(e)
  await $.model.fork({ prompt: "one word" })
  await $.model.complete({ model: "haiku", prompt: "one word", maxTokens: 20 })
  return result
}
export const register = on => { on("turn.complete", done) }
"""


@pytest.mark.long
@pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
def test_what_another_module_asks_a_model(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Its forks and completions are counted, whether the client's own total holds them or not."""
    options = ("--plugin-dir", plugin_beside(tmp_path / "other", ASKS))
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", *options)
    assert len(api.bill) == 3
    for _ in range(2):
        assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)
        machine.cheaproute("import")


@LATEST
def test_a_cheaper_model_that_fails_rests(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A 404 for Haiku costs neither the turn nor the next one a second try."""

    def script(request: Request) -> Reply:
        if "haiku" in request.model:
            return Reply(status=404)
        return with_easy_agent(request)

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    assert run(machine, plugin, "MAINTASK").text == "All done."
    tried = api.models.count("claude-haiku-5-5")
    assert tried > 0
    assert run(machine, plugin, "MAINTASK").text == "All done."
    assert api.models.count("claude-haiku-5-5") == tried
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@LATEST
def test_a_pinned_agent_keeps_its_model(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A model that the agent's own file names is the user's word."""
    api.script = with_easy_agent
    agents = tmp_path / "project" / ".claude" / "agents"
    agents.mkdir(parents=True)
    (agents / "general-purpose.md").write_text(
        "---\nname: general-purpose\ndescription: d\nmodel: sonnet\n---\nLook.\n"
    )
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert api.models == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]


@LATEST
def test_the_module_can_be_turned_off_alone(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`mod.enabled = false`: the classic hooks route and count as they did."""
    api.script = with_easy_agent
    machine.cheaproute("config", "set", "mod.enabled", "false")
    result = run(machine, copy(str(tmp_path / "plugin")), "MAINTASK")
    assert result.text == "All done."
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@pytest.mark.long
@EVERY
def test_costs_is_a_command(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`/costs` is answered by the module: no request, no word of a blocked operation."""
    plugin = copy(str(tmp_path / "plugin"))
    run(machine, plugin, "MAINTASK")
    calls = len(api.calls)
    result = run(machine, plugin, "/costs")
    assert len(api.calls) == calls
    assert "$0.006" in result.text
    assert "blocked" not in result.text.lower()
    assert len(api.calls) == calls
    assert "cap" in run(machine, plugin, "/cheaproute cap").text.lower()


@pytest.mark.long
@LATEST
@pytest.mark.parametrize("fault", ["interpreter", "ledger", "slow"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_brain_that_fails(
    machine: Machine, api: Api, tmp_path: Path, fault: str, *, closed: bool
) -> None:
    """The session goes on as if we were not there; with `closed` nothing leaves, and it says so."""
    plugin = copy(str(tmp_path / "plugin"))
    if closed:
        machine.write(".config/cheaproute/config.toml", 'on_error = "closed"\n')
    assert run(machine, plugin, "First.").text == "Done."
    calls = len(api.calls)
    if fault == "ledger":
        for file in Path(machine.data).glob("ledger.db*"):  # its log alone would be the ledger
            file.write_bytes(b"no database at all " * 400)
    elif fault == "slow":
        launcher = Path(plugin, "hooks", "run")
        launcher.write_text(f"#!/bin/sh\nsleep 20\n{launcher.read_text()[10:]}")
    else:
        Path(plugin, "hooks", "hook.py").write_text("raise SystemExit(3)\n")
    result = run(machine, plugin, "Second.")
    if closed:
        assert len(api.calls) == calls
        assert "could not be checked (" in result.text
    else:
        assert result.text == "Done."
