"""Installed into a fresh home, by the client alone or by install.sh, the plugin works."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace

import pytest

from cheaproute.config.venv import status
from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine

MARK = "GO-MAIN"
pytestmark = pytest.mark.timeout(400)  # pip builds a whole environment
BUILD_S = 200


def search(api: Api) -> None:
    """A main loop that sends out one cheap subagent."""
    tools = [scripts.agent("Find mentions of X", "List every file that mentions X.")]
    main = scripts.dispatch(tools, "All done.")
    api.script = scripts.conversations(main, lambda _request: Reply("Found."), MARK)


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_plugin_install_alone_is_enough(bare: Machine, api: Api, pip: dict[str, str]) -> None:
    """The first session says it prepares itself, and already routes, counts and caps."""
    machine = replace(bare, extra=pip)
    for words in (
        ["marketplace", "add", ROOT],
        ["install", "cheaproute@cheaproute", "--config", "monthly_cap_usd=40"],
    ):
        done = machine.client("plugin", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    search(api)
    with machine.tui(plugin=False) as tui:
        tui.wait("Preparing the Python environment in the background")
        tui.ready()
        tui.type(MARK)
        tui.wait("All done.")
        end = time.monotonic() + 20
        while len(api.models) < 3 and time.monotonic() < end:  # it may run in the background
            time.sleep(0.1)
    assert sorted(api.models) == ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-sonnet-5-5"]

    end = time.monotonic() + BUILD_S
    while not status.ready(machine.env):
        assert time.monotonic() < end, os.listdir(machine.data)
        time.sleep(0.2)
    report = json.loads(machine.cheaproute("doctor", "--json").stdout)
    assert report["healthy"]
    said = [finding["what"] for finding in report["findings"] if finding["level"] == "ok"]
    assert "cheaproute@cheaproute is enabled" in said
    assert "the environment is ready" in said
    assert any(what.startswith("the month's cap: $") for what in said)
    costs = machine.costs()
    assert (costs["routed"], costs["cap_usd"]) == (1, 40)
    assert costs["total_usd"] == pytest.approx(0.0030 * 2 + 0.00015, abs=1e-6)


def installer(machine: Machine, *words: str) -> str:
    """One run of install.sh, with the client on PATH; what it said."""
    done = subprocess.run(
        [os.path.join(ROOT, "install.sh"), *words],
        env=machine.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.long
def test_install_sh_twice_and_away_again(bare: Machine, api: Api, pip: dict[str, str]) -> None:
    """Everything is in place after one run, the same after two, and gone after --uninstall."""
    os.makedirs(f"{bare.home}/bin")
    os.symlink(bare.claude, f"{bare.home}/bin/claude")
    path = f"{bare.home}/.local/bin:{bare.home}/bin:{bare.env['PATH']}"
    machine = replace(bare, extra={**pip, "PATH": path})
    api.script = lambda _request: Reply("Done.")
    before = machine.run("from before", plugin=False)

    said = installer(machine, "--yes", "--cap", "5")
    for step in ("Python", "Environment", "Command", "Plugin", "History", "Cap", "Done"):
        assert f"==> {step}" in said
    costs = json.loads(run(machine, "costs", "--json").stdout)
    assert costs["total_usd"] == pytest.approx(before.cost_usd, abs=1e-6)
    assert costs["cap_usd"] == 5

    installer(machine, "--yes")
    assert json.loads(run(machine, "costs", "--json").stdout) == costs
    report = json.loads(run(machine, "doctor", "--json").stdout)
    assert [f for f in report["findings"] if f["level"] not in ("ok", "note")] == []

    assert run(machine, "setup", "statusline", "--yes").returncode == 0
    installer(machine, "--uninstall", "--yes")
    with open(f"{machine.home}/.claude/settings.json", encoding="utf-8") as file:
        assert "cheaproute" not in file.read()
    assert json.loads(machine.client("plugin", "list", "--json").stdout) == []
    assert not os.path.lexists(f"{machine.home}/.local/bin/cheaproute")
    assert os.listdir(machine.data) == ["ledger.db"]
    installer(machine, "--uninstall", "--purge", "--yes")
    assert not os.path.exists(machine.data)


def run(machine: Machine, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as the user types it, found on PATH."""
    return subprocess.run(
        [f"{machine.home}/.local/bin/cheaproute", *words],
        env=machine.env,
        capture_output=True,
        text=True,
        check=True,
    )
