"""`/costs` in the real client: the whole table, and not one API call for it."""

from __future__ import annotations

import re

import pytest

from tests.api import Api, Reply
from tests.e2e.session import Machine
from tests.e2e.tui import Tui


@pytest.mark.parametrize("typed", ["/costs", "/cheaproute:costs"])
def test_costs_in_a_script_makes_no_call(machine: Machine, api: Api, typed: str) -> None:
    """In `-p` the table is the result, the session costs nothing, the API is not asked."""
    machine.run("hello")
    made = len(api.requests)
    result = machine.run(typed)
    assert len(api.requests) == made == 1
    assert (result.code, result.cost_usd) == (0, 0)
    for line in machine.cheaproute("costs").stdout.splitlines():
        assert line in result.text.splitlines()


def shown(tui: Tui, typed: str, number: int) -> list[str]:
    """The lines under the `number`th heading on the screen, after `typed`."""
    tui.type(typed)
    tui.wait(lambda screen: screen.count("cheaproute · ") == number)
    block = tui.settle().split("cheaproute · ")[number]
    return [line.rstrip()[2:] for line in block.splitlines()[1:] if line.strip()]


@pytest.mark.usefixtures("tmux")
def test_costs_in_the_terminal_is_whole_and_aligned(machine: Machine, api: Api) -> None:
    """Typed either way the table stands as the command line prints it, each column at its place."""
    machine.run("hello")
    with machine.tui() as tui:
        tui.ready()
        once = shown(tui, "/costs", 1)
        again = shown(tui, "/cheaproute:costs", 2)
    assert len(api.calls) == 1
    table = [line for line in machine.cheaproute("costs").stdout.splitlines()[1:] if line]
    assert once[: len(table)] == again[: len(table)] == table
    head = next(line for line in table if line.startswith("By model"))
    row = table[table.index(head) + 1]
    ends = [match.end() for match in re.finditer(r"\S+(?: \S+)*", head)][1:]
    assert all(row[end - 1] != " " and (row + " ")[end] == " " for end in ends), f"{head}\n{row}"


@pytest.mark.usefixtures("tmux")
def test_a_blocked_prompt_says_why_and_the_way_out_works(machine: Machine, api: Api) -> None:
    """Past the cap the screen names period, amount, cap and reset; the command it offers helps."""
    machine.write(".config/cheaproute/config.toml", "[cap]\nmonth_usd = 0.001\n")
    machine.run("hello")
    with machine.tui() as tui:
        tui.ready()
        tui.type("and now?")
        screen = tui.wait("To go on now, here as your prompt")
        assert len(api.calls) == 1
        for words in ("$0.003 of $0.001", "Monthly cap", "It resets"):
            assert words in screen, screen
        (offered,) = re.findall(r"(cheaproute cap raise .*)", screen)
        tui.key("C-u")  # the client puts a blocked prompt back
        tui.type(offered.strip())
        tui.wait("raised by")
        assert len(api.calls) == 1
        api.script = lambda _request: Reply("Gone on.")
        tui.key("C-u")
        tui.type("once more")
        tui.wait("Gone on.")
