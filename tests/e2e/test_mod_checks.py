"""Auto mode's checks, of which the client has no record: booked while the session is open."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from cheaproute.money import NANO, show
from tests.api import Api, Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, NEWEST
from tests.e2e.hands import copy, plugin_beside
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.e2e.tui import Tui

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("tmux")]

WRITTEN = {"input_tokens": 12, "cache_creation_input_tokens": 36_000, "output_tokens": 20}
FEW = {**WRITTEN, "cache_creation_input_tokens": 5_000}  # $0.013 on Sonnet 5
LOOK = {"description": "Find callers", "prompt": "Find all callers.", "subagent_type": "Explore"}


def is_check(request: Request) -> bool:
    """Whether it asks about what is done, not for the next step."""
    return "sonnet" in request.model and not request.body.get("stream")


def checked(request: Request, usage: Mapping[str, int] = WRITTEN) -> Reply:
    """An agent that looks once; its result is checked."""
    if is_check(request):
        return Reply("<block>no</block>", usage=usage)
    tools = {tool.get("name") for tool in request.body.get("tools") or []}
    if request.tool_results or not tools:
        return Reply("Done.")
    return Reply("", [Tool("Agent", LOOK) if "Agent" in tools else scripts.bash("ls")])


def checks(api: Api) -> int:
    """How many checks were answered."""
    return sum(map(is_check, api.calls))


def in_auto(machine: Machine, plugin: str) -> Tui:
    """The interactive client in auto mode, as it is without a flag of ours."""
    words = ["--model", "opus", "--permission-mode", "auto", "--plugin-dir", plugin]
    return Tui([machine.claude, *words], machine.project, machine.env)


def play(tui: Tui, api: Api) -> None:
    """One turn whose agent is allowed by hand, up to the answer after its last check."""
    tui.ready()
    tui.settle()
    tui.type("find all callers of reserve")
    tui.wait("Enter to stay")
    time.sleep(1.5)  # a dialog that has just opened takes no keys
    tui.key("Enter")
    tui.wait("Do you want to proceed")
    tui.settle(0.5)
    tui.key("Down")
    tui.settle(0.5)
    tui.key("Enter")
    tui.wait(lambda _: checks(api) >= 1 and not is_check(api.calls[-1]), 60)
    tui.settle(2)


def booked(machine: Machine, api: Api) -> bool:
    """Whether each request that was answered is in the books, once."""
    calls = sum(one["messages"] for one in machine.costs()["by_model"])
    assert calls <= len(api.bill)
    return bool(calls == len(api.bill))


@pytest.fixture
def played(machine: Machine, api: Api, tmp_path: Path) -> Iterator[Tui]:
    """The client after such a turn, under a cap, all of it booked and nothing set aside."""
    api.script = checked
    assert machine.cheaproute("cap", "set", "5").returncode == 0
    with in_auto(machine, copy(str(tmp_path / "plugin"))) as tui:
        play(tui, api)
        assert checks(api) >= 1
        tui.wait(lambda _: booked(machine, api), 60)
        assert "set aside" not in machine.person("cap")
        assert "auto mode's checks" in machine.person("costs")
        assert len(api.bill) == len(api.calls)
        yield tui


def leave(tui: Tui) -> None:
    """End the session as a person does."""
    tui.type("/exit")
    time.sleep(3)


@pytest.mark.parametrize("version", [NEWEST])
def test_a_check_costs_what_was_billed_while_the_session_is_open(
    machine: Machine, api: Api, played: Tui
) -> None:
    """To a millionth a request, by the client's own total; the same, and by the same names, after.

    Each is still a check in `costs`, and no part of what is unlisted.
    """
    bill = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == bill
    assert not machine.costs()["lower_bound"]
    leave(played)
    for _ in range(2):
        assert machine.costs()["total_usd"] == bill
        assert booked(machine, api)
        said = machine.person("costs")
        assert "auto mode's checks" in said
        assert "unlisted" not in said
        assert machine.cheaproute("import").returncode == 0


@pytest.mark.parametrize("version", [FIRST_FETCH])
def test_a_check_is_an_estimate_where_the_clients_total_has_none(
    machine: Machine, api: Api, played: Tui
) -> None:
    """By its length, marked as a lower bound, once; more than nothing after the end, too."""
    seen = machine.costs()
    assert seen["lower_bound"]
    asked = bill_usd(one for one in api.bill if "sonnet" not in one.model)
    assert seen["total_usd"] > asked + 0.01 * checks(api)
    leave(played)
    for _ in range(2):
        assert machine.costs()["total_usd"] == pytest.approx(seen["total_usd"], abs=1e-6)
        assert machine.cheaproute("import").returncode == 0


@pytest.mark.parametrize("version", [NEWEST])
def test_near_the_cap_the_line_and_the_clients_own_word_agree(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """To the cent, in the status line, `cap` and `/cost`, and nothing is set aside."""
    api.script = partial(checked, usage=FEW)
    assert machine.cheaproute("cap", "set", "0.2").returncode == 0
    with in_auto(machine, copy(str(tmp_path / "plugin"))) as tui:
        play(tui, api)
        assert checks(api) >= 1
        tui.wait(lambda _: booked(machine, api), 60)
        bill = bill_usd(api.bill)
        tui.wait(f"session {show(round(bill * NANO))}")
        said = machine.person("cap")
        assert show(round(bill * NANO)) in said
        assert "set aside" not in said
        tui.type("/cost")
        shown = re.search(r"Estimated cost:\s+\$([\d.]+)", tui.wait("Estimated cost"))
        assert shown is not None
        assert float(shown[1]) == pytest.approx(bill, abs=0.005)


ASKS = """
const done = async ($, e, next) => {
  const result = await next(e)
  const ask = () => $.model.complete({ model: "haiku", prompt: "LOST one word", maxTokens: 20 })
  $.clock.after(3000, () => void ask().catch(() => null))
  return result
}
export const register = on => { on("turn.complete", done) }
"""


@pytest.mark.parametrize("version", [NEWEST])
def test_what_comes_to_nothing_between_two_turns_is_set_aside_no_longer(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Another module's question that is refused by the API: no turn's end gives it back."""
    api.script = lambda request: Reply(status=400) if "LOST" in request.text else Reply()
    assert machine.cheaproute("cap", "set", "5").returncode == 0
    options = ("--plugin-dir", plugin_beside(tmp_path / "other", ASKS))
    plugin = copy(str(tmp_path / "plugin"))
    with machine.tui("--plugin-dir", plugin, *options, plugin=False, model="opus") as tui:
        tui.ready()
        tui.settle()
        tui.type("MAINTASK")
        tui.wait("cap: exact")
        tui.wait(lambda _: any("LOST" in one.text for one in api.calls), 60)
        tui.wait(lambda _: "set aside" not in machine.person("cap"), 20)
