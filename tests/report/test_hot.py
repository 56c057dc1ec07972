from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.conftest import ROOT

BANNED = {
    "dataclasses", "typing", "pathlib", "logging", "tomllib", "platformdirs", "anthropic",
    "argparse", "subprocess", "tempfile", "hashlib", "inspect", "rich", "plotly", "tomlkit",
}  # fmt: skip


def test_costs_in_a_hook_loads_nothing_heavy(tmp_path: os.PathLike[str]) -> None:
    """`/costs` is answered under `python -I -S` without any module the hot path forbids."""
    script = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.ledger import store; from cheaproute.report.terminal import command\n"
        "db = store.connect(sys.argv[2])\n"
        "for view in ('', 'today', 'models', 'projects', 'sessions', 'why', 'all'):\n"
        "    command.answer(view, db, 1795361400000)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ledger = os.path.join(tmp_path, "ledger.db")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, ROOT, ledger],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "cheaproute" in loaded
    assert not loaded & BANNED
