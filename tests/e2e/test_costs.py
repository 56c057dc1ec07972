"""`/costs` in the real client: the whole table, and not one API call for it."""

from __future__ import annotations

import re

import pytest

from tests.api import Api
from tests.e2e.session import Machine
from tests.e2e.tui import Tui
from tests.marks import in_long


@pytest.mark.parametrize("typed", ["/costs", in_long("/cheaproute:costs")])
def test_costs_in_a_script_makes_no_call(machine: Machine, api: Api, typed: str) -> None:
    """In `-p` the table is the result, the session costs nothing, the API is not asked."""
    machine.run("hello")
    made = len(api.requests)
    result = machine.run(typed)
    assert len(api.requests) == made == 1
    assert (result.code, result.cost_usd) == (0, 0)
    for line in table(machine):
        assert line in result.text.splitlines()


def table(machine: Machine) -> list[str]:
    """What the command line prints, up to paths and sentences: those are as wide as a screen."""
    lines = machine.cheaproute("costs").stdout.splitlines()[1:]
    last = max(n for n, line in enumerate(lines) if line.startswith("By project"))
    return [line for line in lines[:last] if line]


def shown(tui: Tui, typed: str, number: int) -> list[str]:
    """The lines under the `number`th heading on the screen, after `typed`."""
    tui.type(typed)
    tui.wait(lambda screen: screen.count(" (day ") == number)
    block = tui.settle().split(" (day ")[number]
    lines = [line.rstrip() for line in block.splitlines()[1:] if line.strip()]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return [line[indent:] for line in lines]


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_costs_in_the_terminal_is_whole_and_aligned(machine: Machine, api: Api) -> None:
    """Typed either way the table stands as the command line prints it, each column at its place."""
    machine.run("hello")
    with machine.tui() as tui:
        tui.ready()
        once = shown(tui, "/costs", 1)
        again = shown(tui, "/cheaproute:costs", 2)
    assert len(api.calls) == 1
    told = table(machine)
    assert once[: len(told)] == again[: len(told)] == told
    head = next(line for line in told if line.startswith("By model"))
    row = told[told.index(head) + 1]
    ends = [match.end() for match in re.finditer(r"\S+(?: \S+)*", head)][1:]
    assert all(row[end - 1] != " " and (row + " ")[end] == " " for end in ends), f"{head}\n{row}"


@pytest.mark.usefixtures("tmux")
def test_a_blocked_prompt_says_why_and_the_way_out(machine: Machine, api: Api) -> None:
    """At the cap the screen names amount, cap and the command that helps; no call is made."""
    machine.write(".config/cheaproute/config.toml", "[cap]\nmonth_usd = 0.001\n")
    machine.run("hello")
    made = len(api.calls)
    with machine.tui() as tui:
        tui.ready()
        tui.type("and now?")
        screen = tui.wait("To go on now")
        assert len(api.calls) == made
        assert "monthly cap" in screen.lower()
        assert "$0.001" in screen
        # What raises it has to be typed by a person, in a terminal (tests of the cap).
        assert re.search(r"terminal.*cheaproute'? cap raise [\d.]+", " ".join(screen.split()))
