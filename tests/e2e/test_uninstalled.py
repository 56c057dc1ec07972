"""Taken away beside an open session, in the real client: it goes on, and nothing comes back."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e.client import NEWEST, OLDEST
from tests.e2e.session import Machine

pytestmark = [pytest.mark.timeout(400), pytest.mark.long]


@pytest.mark.parametrize("version", [NEWEST, OLDEST])
@pytest.mark.parametrize("early", [True, False], ids=["beside the build", "later"])
@pytest.mark.usefixtures("tmux")
def test_after_a_purge_an_open_session_makes_nothing_anew(
    bare: Machine, api: Api, pip: dict[str, str], early: bool
) -> None:
    """No cap of before holds it, no build or reading goes on, and it says how many are open."""
    os.makedirs(f"{bare.home}/bin")
    os.symlink(bare.claude, f"{bare.home}/bin/claude")
    machine = replace(bare, extra={**pip, "PATH": f"{bare.home}/bin:{bare.env['PATH']}"})
    for words in (["marketplace", "add", ROOT], ["install", "cheaproute@cheaproute"]):
        done = machine.client("plugin", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    api.script = lambda _request: Reply("Answered.")
    with machine.tui(plugin=False) as tui:
        tui.ready()
        if not early:
            machine.person("setup")
        tui.type("one")
        tui.wait("Answered.")
        tui.settle()
        machine.person("cap", "set", "0.0001")
        said = machine.person("uninstall", "--purge", "--yes")
        assert "1 session is open: it goes on without cheaproute" in said
        assert "left:" not in said
        assert not os.path.exists(machine.data)
        api.script = lambda _request: Reply("And this, too.")
        for word in ("two", "three"):
            tui.type(word)
            tui.wait("And this, too.")
            tui.settle()
        time.sleep(3)
        assert not os.path.exists(machine.data), os.listdir(machine.data)
        assert "cheaproute" not in tui.screen().split("three")[-1]
    assert not os.path.exists(machine.data), os.listdir(machine.data)
