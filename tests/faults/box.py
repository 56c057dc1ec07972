"""A session of its own on a home of its own, and the real hooks run on it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger.upkeep import check
from tests.conftest import ROOT
from tests.transcripts import append, assistant

# The plugin that situations and matrix look at: an older one, say.
PLUGIN = os.environ.get("CHEAPROUTE_TEST_PLUGIN", ROOT)
# What one `assistant()` row costs, nano-dollars.
ONE = 5_550_000
TASK = {"description": "Find mentions", "prompt": "List every file that mentions the ledger."}
# Every hook: its event, and what the event has besides what all have.
HOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "session_start": ("SessionStart", {"source": "startup", "model": "claude-opus-5-5"}),
    "user_prompt_submit": ("UserPromptSubmit", {"prompt": "hello"}),
    "pre_tool_use": (
        "PreToolUse",
        {"tool_name": "Agent", "tool_use_id": "toolu_1", "tool_input": TASK},
    ),
    "post_tool_use": (
        "PostToolUse",
        {
            "tool_name": "Agent",
            "tool_use_id": "toolu_1",
            "tool_response": {"status": "completed", "resolvedModel": "claude-haiku-5-5"},
        },
    ),
    "post_tool_use_failure": (
        "PostToolUseFailure",
        {"tool_name": "Agent", "tool_use_id": "toolu_1", "error": "API Error: 500"},
    ),
    "post_tool_batch": ("PostToolBatch", {"tool_calls": []}),
    "subagent_stop": ("SubagentStop", {"agent_id": "a1", "last_assistant_message": "Found."}),
    "stop": ("Stop", {"last_assistant_message": "Done."}),
    "stop_failure": ("StopFailure", {"error": "unknown"}),
    "session_end": ("SessionEnd", {"reason": "other"}),
}


class Box:
    """One session: `hook` runs a hook as the client does, `total` reads what the ledger holds."""

    def __init__(self, place: Path, *, number: int = 0, plugin: str = ROOT) -> None:
        self.home = place / "home"
        self.data = self.home / ".local" / "share" / "cheaproute"
        self.ledger = self.data / "ledger.db"
        self.project = self.home / "src"
        self.session = f"0a1b2c3d-1111-4222-8333-{number:012d}"
        folder = self.home / ".claude" / "projects" / "-src"
        self.transcript = folder / f"{self.session}.jsonl"
        self.plugin = plugin
        self.rows = 0
        self.damaged = False
        for directory in (self.data, self.project, folder):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.env = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "CLAUDE_PROJECT_DIR": str(self.project),
        }
        # As if the build of the environment had just failed: no session starts another.
        (self.data / "environment.failed").write_text("not in a test\n")
        self.bake(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))

    def bake(self, python: str) -> None:
        """Have hooks/run start `python`."""
        (self.data / "interpreter").write_text(python + "\n")

    def call_api(self, count: int = 1) -> None:
        """Let the session make `count` calls: their rows reach the transcript."""
        for _ in range(count):
            self.rows += 1
            identity = f"msg_{self.session[-12:]}_{self.rows}"
            append(self.transcript, assistant(identity, session=self.session))

    def event(self, hook: str, **fields: Any) -> bytes:
        """What the client sends to `hook`."""
        name, own = HOOKS[hook]
        common = {
            "session_id": self.session,
            "transcript_path": str(self.transcript),
            "cwd": str(self.project),
            "hook_event_name": name,
        }
        return json.dumps({**common, **own, **fields}).encode()

    def start(self, hook: str, limits: str = "") -> subprocess.Popen[bytes]:
        """The hook as a process that still waits for its event; `limits` are for sh's ulimit."""
        command = [os.path.join(self.plugin, "hooks", "run"), hook]
        if limits:
            command = ["/bin/sh", "-c", f'ulimit {limits}; exec "$@"', "sh", *command]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd=self.project if self.project.is_dir() else "/",
        )

    def hook(self, hook: str, *, limits: str = "", **fields: Any) -> dict[str, Any] | None:
        """Run `hook`; its answer, None for silence. It must end in 0 and say nothing on stderr."""
        process = self.start(hook, limits)
        out, err = process.communicate(self.event(hook, **fields), timeout=60)
        assert (process.returncode, err) == (0, b"")
        answer: dict[str, Any] | None = json.loads(out) if out else None
        return answer

    def log(self) -> str:
        """The error log, "" if there is none."""
        try:
            return (self.data / "cheaproute.log").read_text()
        except OSError:
            return ""

    def total(self) -> tuple[int, int]:
        """(calls, nano-dollars) in the ledger, whose books must add up."""
        with contextlib.closing(sqlite3.connect(self.ledger)) as db:
            assert check.problems(db, files=False) == []
            [real] = db.execute("SELECT count(*), coalesce(sum(cost_nano), 0) FROM call")
            return int(real[0]), int(real[1])

    def exact(self) -> bool:
        """Whether the ledger has each call the session made, once."""
        return self.total() == (self.rows, self.rows * ONE)

    def doctor(self) -> str:
        """What `cheaproute doctor` says."""
        done = subprocess.run(
            [sys.executable, "-m", "cheaproute", "doctor"],
            cwd=ROOT,
            env={**self.env, "CHEAPROUTE_DISABLE": ""},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout


def plugin_copy(place: Path) -> str:
    """A copy of what hooks run, to be damaged."""
    for part in ("hooks", "cheaproute"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(os.path.join(ROOT, part), place / part, ignore=ignored, symlinks=True)
    return str(place)


@contextlib.contextmanager
def open_to_all() -> Iterator[Path]:
    """A directory that other users come to, as they could not through pytest's own."""
    place = Path(os.path.realpath(tempfile.mkdtemp(prefix="cheaproute-")))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """A small file system at `place`; the test is skipped where none can be had, but not in CI."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI") and os.geteuid() == 0:
            raise
        pytest.skip(f"no small file system to be had: {error}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place: Path, mode: str) -> None:
    """Make the file system at `place` "ro" or "rw", once what still writes there is done."""
    end = time.monotonic() + 30
    command = ["mount", "-o", f"remount,{mode}", str(place)]
    while subprocess.run(command, check=False, capture_output=True).returncode:
        assert time.monotonic() < end, command
        time.sleep(0.1)
