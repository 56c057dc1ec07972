"""The status line in the real client: put up by the command, showing what the hooks counted."""

from __future__ import annotations

import os
import sys

import pytest

from tests.conftest import ROOT
from tests.e2e.session import Machine


@pytest.mark.usefixtures("tmux")
def test_the_line_below_the_prompt(machine: Machine) -> None:
    """After a turn the costs stand there, against the cap, and no call was made for them."""
    os.makedirs(machine.data, mode=0o700, exist_ok=True)
    os.symlink(ROOT, os.path.join(machine.data, "plugin"))
    with open(os.path.join(machine.data, "interpreter"), "w", encoding="utf-8") as file:
        file.write(f"{sys.base_prefix}/bin/python3\n")
    assert machine.cheaproute("cap", "set", "5").returncode == 0
    assert machine.cheaproute("setup", "statusline", "--yes").returncode == 0
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("hello")
        # 1,000 tokens in and 100 out on Opus 5.5.
        tui.wait("session $0.006 · today $0.006 · month $0.006 of $5.00 (<1 %)")
    assert len(machine.api.calls) == 1
