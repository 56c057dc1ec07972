"""A hook loads next to nothing: asserted on the modules loaded, not on milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "anthropic", "argparse", "asyncio", "ast", "dataclasses", "decimal", "difflib", "hashlib",
    "http", "importlib.metadata", "inspect", "logging", "pathlib", "pickle", "platformdirs",
    "random", "rich", "shutil", "socket", "statistics", "subprocess", "tempfile", "threading",
    "tokenize", "tomlkit", "tomllib", "traceback", "typing", "unittest", "urllib", "uuid",
    "zipfile",
}  # fmt: skip
# What the busy hooks do without, beside that: json and what it brings, dates, alarms.
RICH = {
    "_collections_abc", "collections", "contextlib", "datetime", "enum", "functools", "json",
    "operator", "re", "signal", "sqlite3",
}  # fmt: skip
# The whole of what the two busiest hooks load, standard library and own: a bound, to be noticed. A
# module costs 0.08 ms and more.
MOST_MODULES = 115
# What runs when a turn or a subagent ends also notes what it did, for `plan`.
MOST_AT_THE_END = 116

PROBE = """
import sys
sys.path.append(sys.argv[1] + "/hooks")
import start
start.use(sys.argv[2])
from cheaproute.hook import main
import os
answer = main.respond(sys.argv[2], sys.stdin.buffer.read(), os.environ)
sys.stderr.write("\\n".join(sorted(sys.modules)))
sys.stdout.write(answer.decode())
"""

SESSION = "11111111-2222-3333-4444-555555555555"


def run(handler: str, home: Path, **event: object) -> tuple[set[str], str]:
    """(modules loaded, answer) of one hook call with nothing unusual about it."""
    transcript = home / "projects" / "p" / f"{SESSION}.jsonl"
    transcript.parent.mkdir(parents=True, exist_ok=True)
    usage = {"input_tokens": 1000, "output_tokens": 10}
    message = {"id": "msg_1", "model": "claude-opus-5-5", "usage": usage, "stop_reason": "end_turn"}
    row = {
        "type": "assistant",
        "requestId": "req_1",
        "timestamp": "2026-11-20T10:00:00.000Z",
        "message": message,
    }
    transcript.write_text(json.dumps({**row, "sessionId": SESSION, "cwd": str(home)}) + "\n")
    common = {"session_id": SESSION, "transcript_path": str(transcript), "cwd": str(home)}
    command = [sys.executable, "-I", "-S", "-c", PROBE, ROOT, handler]
    # What stands for the client was started with the same: so is a hook's usual parent.
    done = subprocess.run(
        ["claude", "-c", '"$@"; exit "$?"', "claude", *command],
        executable="/bin/bash",
        input=json.dumps({**common, **event}).encode(),
        capture_output=True,
        env={"HOME": str(home), "CHEAPROUTE_HOME": str(home / "data"), "CLAUDE_PLUGIN_ROOT": ROOT},
        check=True,
    )
    first = {"bytecode", "cheaproute.ledger.migrate"}  # a first hook's alone
    loaded = set(done.stderr.decode().split("\n")) - first
    return loaded, done.stdout.decode()


TASK = {
    "description": "Find mentions",
    "prompt": "List every file that mentions the ledger, with line numbers.",
    "subagent_type": "Explore",
}
CALLS: dict[str, dict[str, object]] = {
    "pre_tool_use": {"tool_name": "Agent", "tool_use_id": "toolu_1", "tool_input": TASK},
    "post_tool_use": {
        "tool_name": "Agent",
        "tool_use_id": "toolu_1",
        "tool_response": {"status": "async_launched", "resolvedModel": "claude-haiku-5-5"},
    },
    "post_tool_batch": {"tool_calls": []},
    "user_prompt_submit": {"prompt": "hello"},
    "subagent_stop": {"agent_id": "a1", "last_assistant_message": "Found three."},
    "stop": {"last_assistant_message": "Done."},
    "session_end": {"reason": "other"},
}


@pytest.mark.parametrize("handler", CALLS)
def test_a_hook_loads_nothing_heavy(handler: str, tmp_path: Path) -> None:
    """Standard library only, and of it nothing that costs more than the work itself."""
    modules, answer = run(handler, tmp_path, **CALLS[handler])
    at_the_end = handler in ("stop", "subagent_stop")
    assert not modules & (HEAVY | RICH)
    assert len(modules) <= (MOST_AT_THE_END if at_the_end else MOST_MODULES)
    assert bool(answer) == (handler == "pre_tool_use")
    assert not (tmp_path / "data" / "cheaproute.log").exists()


QUESTIONS: dict[str, dict[str, object]] = {
    "ModBook": {
        "calls": [
            {
                "request_id": "req_011CQabcdefghijkLMNOPqrs",
                "model": "claude-opus-5-5",
                "at": "2026-11-20",
            }
        ]
    },
    "ModGate": {"flight": {"model": "claude-opus-5-5", "bytes": 50_000}},
    "ModStart": {"version": "2.1.332"},
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_modules_brain_loads_nothing_heavy(question: str, tmp_path: Path) -> None:
    """Each request may ask it: a start of Python and as little else as a hook's."""
    told = {"hook_event_name": question, "busy": True, **QUESTIONS[question]}
    modules, answer = run("mod", tmp_path, **told)
    assert not modules & (HEAVY | RICH)
    assert len(modules) <= MOST_MODULES
    assert json.loads(answer)["grant"]["any"] is True
    assert not (tmp_path / "data" / "cheaproute.log").exists()


def test_a_bulk_read_that_is_left_alone_loads_nothing_heavy(tmp_path: Path) -> None:
    """All gates but the last are passed in the hook itself; only then is a process started."""
    file = {"filePath": str(tmp_path / "p" / "a.log"), "content": "INFO\n" * 20_000}
    modules, answer = run(
        "post_tool_use_read",
        tmp_path,
        tool_name="Read",
        tool_input={"file_path": file["filePath"]},
        tool_response={"type": "text", "file": {**file, "numLines": 1, "startLine": 1}},
    )
    assert "cheaproute.ledger.bulk_reads" in modules  # it got as far as that
    assert not modules & HEAVY
    assert not answer
    assert not (tmp_path / "data" / "cheaproute.log").exists()


def test_costs_loads_nothing_heavy(tmp_path: Path) -> None:
    """`/costs` is a hook like the others."""
    modules, answer = run("user_prompt_submit", tmp_path, prompt="/costs")
    assert not modules & HEAVY
    assert "$0.004" in answer
