"""Taken away beside an open session, in the real client: it goes on, and nothing comes back."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace

import pytest

from tests import terminal
from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e.client import NEWEST, OLDEST
from tests.e2e.session import Machine

pytestmark = [pytest.mark.timeout(400), pytest.mark.long]


@pytest.mark.parametrize("version", [NEWEST, OLDEST])
@pytest.mark.parametrize("early", [True, False], ids=["beside the build", "later"])
@pytest.mark.usefixtures("tmux")
def test_after_a_purge_an_open_session_makes_nothing_anew(
    bare: Machine, api: Api, pip: dict[str, str], plugin: str, early: bool
) -> None:
    """No build or reading goes on, and it says how many are open."""
    shutil.copy(os.path.join(ROOT, "install.sh"), plugin)
    os.makedirs(f"{bare.home}/bin")
    os.symlink(bare.claude, f"{bare.home}/bin/claude")
    machine = replace(bare, extra={**pip, "PATH": f"{bare.home}/bin:{bare.env['PATH']}"})

    def person(*words: str) -> str:
        code, said = terminal.run([f"{plugin}/bin/cheaproute", *words], machine.env, bare.project)
        assert code == 0, said
        return said

    for words in (["marketplace", "add", plugin], ["install", "cheaproute@cheaproute"]):
        done = machine.client("plugin", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    api.script = lambda _request: Reply("Answered.")
    with machine.tui(plugin=False) as tui:
        tui.ready()
        if not early:
            person("setup")
        tui.type("one")
        tui.wait("Answered.")
        tui.settle()
        person("cap", "set", "5")
        said = person("uninstall", "--purge", "--yes")
        assert "1 session is open: it goes on without cheaproute" in said, said
        assert "left:" not in said
        assert not os.path.exists(machine.data)
        api.script = lambda _request: Reply("And this, too.")
        for word in ("two", "three"):
            tui.type(word)
            tui.wait("And this, too.")
            tui.settle()
        time.sleep(3)
        assert not os.path.exists(machine.data), os.listdir(machine.data)
        assert "cheaproute" not in tui.screen.split("three")[-1]
    assert not os.path.exists(machine.data), os.listdir(machine.data)
