"""Installed into a fresh home, by the client alone or by install.sh, the plugin works."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import pytest

from cheaproute.config import environment
from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine

MARK = "GO-MAIN"
BUILD_S = 90


def search(api: Api) -> None:
    """A main loop that sends out one cheap subagent."""
    tools = [scripts.agent("Find mentions of X", "List every file that mentions X.")]
    main = scripts.dispatch(tools, "All done.")
    api.script = scripts.conversations(main, lambda _request: Reply("Found."), MARK)


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
    assert api.models == ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"]

    end = time.monotonic() + BUILD_S
    while not environment.ready(machine.env):
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
