"""What is noted during a session, and what an applied proposal or a mode changes in the next."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.api import Reply, Request, Tool
from tests.conftest import ROOT
from tests.e2e.session import Machine

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
AGENT = "---\nname: log-reader\ndescription: reads logs\nmodel: opus\n---\nRead logs.\n"
NAMES = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
LARGE = {"input_tokens": 50_000, "output_tokens": 200}


def task(name: str) -> Tool:
    """A task for the agent that pins Opus."""
    given = {
        "description": f"Read {name}",
        "prompt": f"TASK Read the file {name}.log and list the lines with errors in it.",
        "subagent_type": "log-reader",
        "run_in_background": False,
    }
    return Tool("Agent", given)


def script(request: Request) -> Reply:
    """The main loop sends the agents out at once; each reads a file and reports."""
    first = json.dumps(request.body["messages"][0])
    if "TASK" in first:
        name = next(name for name in NAMES if f"{name}.log" in first)
        if not request.tool_results:
            place = {"file_path": f"/nowhere/{name}.log"}
            return Reply("", [Tool("Read", place)], usage=LARGE)
        return Reply("Two lines have errors.", usage=LARGE)
    if request.tool_results:
        return Reply("All done.")
    return Reply("", [task(name) for name in (NAMES if "everything" in first else NAMES[:1])])


def cheaproute(machine: Machine, *words: str) -> str:
    """What a command of the plugin prints, run by this Python, which has the libraries."""
    done = subprocess.run(
        [sys.executable, "-m", "cheaproute", *words],
        cwd=machine.project,
        env=machine.env | {"PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_an_applied_proposal_changes_the_next_session(machine: Machine) -> None:
    """An agent that pins Opus and only reads is proposed for Haiku; applied, it runs there."""
    machine.api.script = script
    machine.write("../project/.claude/agents/log-reader.md", AGENT)
    # The classic hook notes each of eight that start side by side, however slow the machine is.
    machine.write(".config/cheaproute/config.toml", "[mod]\nenabled = false\n")
    assert machine.run("Go through everything, find where it fails").code == 0
    assert machine.api.models.count(OPUS) == 2 * len(NAMES)
    with closing(sqlite3.connect(os.path.join(machine.data, "ledger.db"))) as db:
        noted = db.execute("SELECT status, tools, edits, turns, action FROM dispatch").fetchall()
        turns = db.execute("SELECT count(*) FROM turn WHERE kind = 'prompt'").fetchone()[0]
    assert noted == [("ok", 1, 0, 2, "pinned")] * len(NAMES)
    assert turns == 1

    report = json.loads(cheaproute(machine, "plan", "--days", "1", "--json"))
    (step,) = [one for one in report["steps"] if one["lever"] == "subagents"]
    assert step["config"] == {"routing.agents": {"log-reader": "haiku"}}
    cheaproute(machine, "plan", "apply", step["name"], "--days", "1", "--yes")

    machine.api.requests.clear()
    assert machine.run("Read the first log").code == 0
    assert machine.api.models.count(OPUS) == 0
    assert machine.api.models.count(HAIKU) == 2

    cheaproute(machine, "plan", "undo")
    machine.api.requests.clear()
    assert machine.run("Read the first log").code == 0
    assert machine.api.models.count(HAIKU) == 0
