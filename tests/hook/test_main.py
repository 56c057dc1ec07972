"""The hook process: what it does about time, closed pipes and its own second faults."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from cheaproute.config import snapshot
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# `run` with a shorter budget, and a handler that does what the test says.
PROBE = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from cheaproute.hook import main
from cheaproute.hook.events import post_tool_batch
main.BUDGET_S = {budget_s}
def handle(event, context):
    {body}
post_tool_batch.handle = handle
main.run("post_tool_batch", lambda: None)
"""


def start(body: str, home: Path, budget_s: float = 0.3) -> subprocess.Popen[bytes]:
    """A hook process whose handler's body is `body`."""
    data = home / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PROBE.format(body=body, budget_s=budget_s), ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"HOME": str(home), "CHEAPROUTE_HOME": str(data)},
    )


def logged(home: Path) -> str:
    """The error log."""
    try:
        return (home / "data" / "cheaproute.log").read_text()
    except FileNotFoundError:
        return ""


def test_stdin_that_never_closes_is_given_up(tmp_path: Path) -> None:
    """The hook ends in silence, and the log says why."""
    hook = start("return None", tmp_path)
    assert hook.stdin is not None
    assert hook.stdout is not None
    assert hook.stderr is not None
    hook.stdin.write(b'{"hook_event_name": ')
    hook.stdin.flush()
    assert hook.wait(10) == 0
    with hook.stdin, hook.stdout, hook.stderr:
        assert hook.stdout.read() == b""
        assert hook.stderr.read() == b""
    assert "gave up after 0.3 s" in logged(tmp_path)


@pytest.mark.parametrize(
    ("on_error", "said"), [("open", ""), ("closed", "The cap could not be checked")]
)
def test_a_handler_that_hangs_is_an_error_like_others(
    tmp_path: Path, on_error: str, said: str
) -> None:
    """Silence, or, where the user wants a gate to fail closed, the gate's one answer."""
    place = {"CHEAPROUTE_HOME": str(tmp_path / "data")}
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "config.toml").write_text(f'on_error = "{on_error}"\n')
    snapshot.load(place)  # as the session's first hook did
    hook = start("time.sleep(60)", tmp_path)
    out, err = hook.communicate(b"{}", timeout=10)
    assert (hook.returncode, err) == (0, b"")
    assert (said in json.loads(out)["stopReason"]) if said else (out == b"")


def test_what_a_person_typed_may_take_longer(tmp_path: Path) -> None:
    """An answer that comes after the time of an event, and within what was added, is told."""
    body = "context.more_s = 20\n    time.sleep(2.2)\n    return {'systemMessage': 'told'}"
    hook = start(body, tmp_path, budget_s=2)
    out, err = hook.communicate(b"{}", timeout=20)
    assert (hook.returncode, err) == (0, b"")
    assert b"told" in out


def test_a_lock_that_python_cannot_break_is_left_by_the_process(tmp_path: Path) -> None:
    """Even a handler that swallows everything is ended within its time."""
    begin = time.monotonic()
    hook = start("while True:\n        try: time.sleep(1)\n        except: pass", tmp_path)
    assert hook.communicate(b"{}", timeout=10) == (b"", b"")
    assert hook.returncode == 0
    assert time.monotonic() - begin < 8


def test_an_answer_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    """A client that is gone gets nothing; the hook still ends with 0."""
    hook = start("return {'systemMessage': 'x' * 200_000}", tmp_path)
    assert hook.stdin is not None
    assert hook.stdout is not None
    assert hook.stderr is not None
    hook.stdout.close()
    with hook.stdin as stdin:
        stdin.write(b"{}")
    assert hook.wait(10) == 0
    with hook.stderr:
        assert hook.stderr.read() == b""


def test_a_long_answer_is_written_whole(tmp_path: Path) -> None:
    """More than a pipe holds is written in turns."""
    hook = start("return {'systemMessage': 'x' * 200_000}", tmp_path)
    out, _ = hook.communicate(b"{}", timeout=10)
    assert len(json.loads(out)["systemMessage"]) == 200_000


@pytest.mark.parametrize("fault", ["SystemExit(3)", "KeyboardInterrupt", "MemoryError"])
def test_no_fault_ends_in_anything_but_0(tmp_path: Path, fault: str) -> None:
    """Not even what is no Exception."""
    hook = start(f"raise {fault}", tmp_path)
    assert hook.communicate(b"{}", timeout=10) == (b"", b"")
    assert hook.returncode == 0


def test_an_answer_that_is_no_json_is_not_printed(tmp_path: Path) -> None:
    """A bug in a handler is a line in the log, never half an answer."""
    hook = start("return {'systemMessage': float('nan')}", tmp_path)
    assert hook.communicate(b"{}", timeout=10) == (b"", b"")
    assert "ValueError" in logged(tmp_path)


# `run` for a prompt, where what comes before the command takes all the time that a person has.
TYPED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from cheaproute.hook import gate, main
from cheaproute.hook.console import typed
from cheaproute.hook.mod import ask
main.BUDGET_S, typed._MODULE_LIMIT_S = 1, typed._LIMIT_S
gate.meter = lambda *_: time.sleep(60)
main.run(sys.argv[2], lambda: None)
"""


@pytest.mark.parametrize("name", ["user_prompt_submit", "mod"])
def test_a_typed_command_that_never_ends_is_told_with_what_to_run(
    tmp_path: Path, name: str
) -> None:
    """One line, by the hook and by the module: it does not go on to the model unsaid."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    event = {"hook_event_name": "ModCommand" if name == "mod" else "UserPromptSubmit",
             "prompt": "cheaproute plan week", "session_id": "s", "cwd": "/"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TYPED, ROOT, name],
        input=json.dumps(event).encode(),
        stdout=subprocess.PIPE,
        env={"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(data)},
        timeout=30,
        check=True,
    )
    answer = json.loads(done.stdout)
    said = answer["text" if name == "mod" else "reason"]
    assert "`cheaproute plan` takes longer than a prompt may: run `" in said
    assert said.endswith("cheaproute plan week` in a terminal.")
    assert ("decision" in answer) == (name != "mod")
