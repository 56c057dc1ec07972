"""What a session's hooks load is compiled when they come, in the real client."""

from __future__ import annotations

import os
import time
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.api import Api
from tests.e2e import scripts
from tests.e2e.client import NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("tmux")]
# Each file of the package that a hook compiles itself.
NOTE = """import sys
def note(event, args):
    if event == "compile" and "/cheaproute/" in str(args[1]):
        with open({log!r}, "a") as file:
            file.write(f"{{sys.argv[1]}} {{args[1]}}\\n")
sys.addaudithook(note)
"""


@pytest.mark.parametrize("version", [NEWEST])
def test_no_hook_of_a_turn_compiles_anything(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A new version's first session: its start does, and what that leaves is done in between."""
    api.script = scripts.with_agent
    plugin, log = Path(copy(str(tmp_path / "plugin"))), tmp_path / "compiled"
    hook = plugin / "hooks" / "hook.py"
    hook.write_text(NOTE.format(log=str(log)) + hook.read_text())
    with machine.begun(str(plugin)) as tui:
        deadline = time.monotonic() + 60
        lacking = {str(one) for one in (plugin / "cheaproute").rglob("*.py")}
        while lacking := {one for one in lacking if not os.path.exists(cache_from_source(one))}:
            assert time.monotonic() < deadline, lacking
            time.sleep(0.05)
        assert "session_start" in log.read_text()
        log.write_text("")
        tui.type("MAINTASK: look around")
        tui.wait("All done.")
        tui.settle()
    assert any("MAINTASK" not in request.text for request in api.calls)  # the subagent
    assert log.read_text() == ""
