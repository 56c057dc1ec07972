"""The module with its brain, in the real client: what the API bills is what the ledger has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.api import Api, Billed, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine, Result

EVERY = pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH, NEWEST])
LATEST = pytest.mark.parametrize("version", [NEWEST])
TABLE = prices.load()
TASK = "SUBTASK: find it"


def bill_usd(billed: Iterable[Billed]) -> float:
    """What the provider bills, at list price."""
    total = 0
    for one in billed:
        usage = one.usage
        call = Call("", 1_795_000_000_000, one.model)
        call.input, call.output = usage["input_tokens"], usage["output_tokens"]
        call.read = usage.get("cache_read_input_tokens", 0)
        call.write_5m = usage.get("cache_creation_input_tokens", 0)
        total += prices.cost_nano(call, TABLE) or 0
    return total / 1e9


def run(machine: Machine, plugin: str, prompt: str, *options: str, model: str = "opus") -> Result:
    """One session with the copied plugin."""
    return machine.run(prompt, "--plugin-dir", plugin, *options, plugin=False, model=model)


def with_agent(request: Request) -> Reply:
    """A tool, a subagent, an end."""
    if TASK in request.text and "MAINTASK" not in request.text:
        return Reply("Found.")
    steps = [
        Reply("", [scripts.bash("echo 1")]),
        Reply("", [scripts.agent("look", TASK)]),
        Reply("All done."),
    ]
    return steps[min(request.tool_results, 2)]


@EVERY
def test_the_ledger_has_what_the_api_billed(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Each request once, whether the transcript or the module tells of it first."""
    api.script = with_agent
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
    api.script = with_agent
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", "--no-session-persistence")
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@EVERY
@pytest.mark.parametrize("persistence", [[], ["--no-session-persistence"]])
def test_no_request_leaves_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, persistence: list[str]
) -> None:
    """Once the answered requests have reached the cap the API hears no more."""
    usage = {"input_tokens": 50_000, "output_tokens": 0}  # $0.20 on Opus 5.5
    api.script = scripts.endless(usage)
    machine.cheaproute("cap", "set", "0.5")
    run(machine, copy(str(tmp_path / "plugin")), "MAINTASK", *persistence)
    assert 2 <= len(api.bill) <= 3
    told = run(machine, str(tmp_path / "plugin"), "And now?")
    assert len(api.calls) == len(api.bill) <= 3
    assert "cap reached" in told.text or "Not sent" in told.text
