"""The status line in the real client: put up by the command, showing what the hooks counted."""

from __future__ import annotations

import os
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.e2e.session import Machine


def put_up(machine: Machine) -> None:
    """The line in the user's settings."""
    os.makedirs(machine.data, mode=0o700, exist_ok=True)
    os.symlink(ROOT, os.path.join(machine.data, "plugin"))
    with open(os.path.join(machine.data, "interpreter"), "w", encoding="utf-8") as file:
        file.write(f"{sys.base_prefix}/bin/python3\n")
    assert machine.cheaproute("setup", "statusline", "--yes").returncode == 0


@pytest.mark.usefixtures("tmux")
def test_the_line_below_the_prompt(machine: Machine) -> None:
    """After a turn the costs stand there, against the cap, and no call was made for them."""
    put_up(machine)
    assert machine.cheaproute("cap", "set", "5").returncode == 0
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("hello")
        # 1,000 tokens in and 100 out on Opus 5.5.
        tui.wait("session $0.006 · today $0.006 · month $0.006 of $5.00 (<1 %)")
    assert len(machine.api.calls) == 1


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_a_session_without_the_plugin_has_no_amounts(machine: Machine) -> None:
    """Begun without it, or with it and resumed without."""
    put_up(machine)
    for words, plugin in (((), True), (("--continue",), False), ((), False)):
        with machine.tui(*words, plugin=plugin, model="opus") as tui:
            tui.ready()
            if plugin:
                tui.wait("· today $")
            tui.settle()
            tui.type("hello")
            tui.settle(3)
            assert ("· today $" in tui.screen) == plugin
            tui.type("/exit")
            time.sleep(2)
