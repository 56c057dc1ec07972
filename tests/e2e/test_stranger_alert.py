"""A stranger's repository and the user's alert command: nothing that its settings say is in it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request, Tool
from tests.e2e.client import NEWEST, OLDEST
from tests.e2e.session import Machine

SAID = ("WGETRC", "GIO_EXTRA_MODULES", "LUA_INIT", "GNUPGHOME", "MAILRC", "TCLLIBPATH", "LANGUAGE")
GONE = {"command": "rm -r .claude && env | grep -c WGETRC", "description": "another branch"}
USAGE = {"input_tokens": 20_000, "output_tokens": 1000}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [NEWEST, OLDEST])
@pytest.mark.parametrize("gone", [True, False], ids=["checked out again", "there"])
def test_the_alert_command_obeys_the_user_alone(
    machine: Machine, api: Api, tmp_path: Path, *, gone: bool
) -> None:
    """Neither while the file is there, nor when the client alone remembers it."""
    where = Path(machine.project, ".claude", "settings.json")
    where.parent.mkdir()
    where.write_text(json.dumps({"env": dict.fromkeys(SAID, "/evil")}))
    told = tmp_path / "told"
    alert = tmp_path / "alert"
    alert.write_text(f"#!/bin/sh\nenv >'{told}.part' && mv '{told}.part' '{told}'\n")
    alert.chmod(0o700)
    caps = f"[cap]\nmonth_usd = 0.05\nat_cap = 'warn'\ncommand = ['{alert}']\n"
    machine.write(".config/cheaproute/config.toml", caps)

    def script(request: Request) -> Reply:
        if gone and not request.tool_results:
            return Reply("", [Tool("Bash", GONE)], usage=USAGE)
        return Reply("Done.", usage=USAGE)

    api.script = script
    assert machine.run("Go on.", HOOK_URL="mine").text == "Done."
    assert where.exists() is not gone
    until = time.monotonic() + 20
    while not told.exists() and time.monotonic() < until:
        time.sleep(0.05)
    found = told.read_text()
    assert "/evil" not in found
    assert "HOOK_URL=mine" in found
