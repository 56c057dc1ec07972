"""What differs between systems, as far as it can be seen from this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.context import Context
from cheaproute.cli.doctor import runtime
from cheaproute.config import platform
from cheaproute.errors import CheaprouteError
from tests.conftest import ROOT
from tests.faults.box import Box

# What Python has not on Windows, taken away before cheaproute is imported.
WITHOUT = """
import os, sys, json, subprocess, shutil, tempfile, argparse, socket, pathlib, sqlite3
for name in ("pread", "getuid", "geteuid", "fork", "nice", "O_NOFOLLOW", "O_NONBLOCK", "fchmod"):
    if hasattr(os, name):
        delattr(os, name)
sys.modules["fcntl"] = sys.modules["signal"] = None
sys.path.insert(0, sys.argv[1])
"""


def run(
    code: str, *words: str, check: bool = True, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run `code` in a Python that lacks what Windows lacks."""
    command = [sys.executable, "-c", WITHOUT + code, ROOT, *words]
    return subprocess.run(
        command, check=check, capture_output=True, text=True, timeout=60, **options
    )


def test_the_command_line_needs_nothing_of_unix(tmp_path: Path) -> None:
    """Import, costs and cap work without what Windows has not."""
    box = Box(tmp_path)
    box.call_api(3)
    code = "from cheaproute.cli.main import main; sys.exit(main(sys.argv[2:]))"
    for words in (["import"], ["cap", "set", "5"], ["costs", "--json", "--month", "2026-11"]):
        done = run(code, *words, env=box.env, check=False)
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total_usd"] == pytest.approx(3 * 0.00555)


def test_a_hooks_work_needs_nothing_of_unix(tmp_path: Path) -> None:
    """The event is answered in-process; only the launcher is a matter of the system."""
    box = Box(tmp_path)
    box.call_api()
    code = (
        "from cheaproute.hook import main\n"
        "print(main.respond(sys.argv[2], sys.stdin.buffer.read(), os.environ).decode())"
    )
    fed = box.event("user_prompt_submit", prompt="/costs").decode()
    done = run(code, "user_prompt_submit", env=box.env, input=fed)
    assert '"decision": "block"' in done.stdout
    assert box.exact()


def test_setup_says_what_is_missing(tmp_path: Path) -> None:
    """No lock, no environment: one line that says why, and no traceback."""
    code = (
        "from cheaproute.config import platform as system\n"
        "try: system.lock(open(os.devnull), wait=False)\n"
        "except system.CheaprouteError as error: print(error)"
    )
    assert "WSL" in run(code, env={"HOME": str(tmp_path)}).stdout
    with open(os.devnull, encoding="utf-8") as file:
        assert platform.lock(file, wait=False)
    assert issubclass(CheaprouteError, Exception)


def test_doctor_names_a_system_without_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On native Windows the cap does not hold: that is a fault, and said."""
    assert list(runtime.platform(Context({}))) == []
    monkeypatch.setattr(platform, "runs_hooks", lambda: False)
    [finding] = runtime.platform(Context({}))
    assert finding.level == "fault"
    assert "no cap holds" in finding.what
    assert "WSL" in finding.do


def test_which_systems_run_hooks() -> None:
    """All that have a shell where hooks.json's launcher is started."""
    assert platform.runs_hooks("linux")
    assert platform.runs_hooks("darwin")
    assert not platform.runs_hooks("win32")
