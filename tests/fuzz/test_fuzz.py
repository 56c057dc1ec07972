"""Whatever an event holds: exit 0, and silence or one answer that is valid and allows nothing.

`CHEAPROUTE_FUZZ=10000` runs so many a hook.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cheaproute.hook import main
from tests.conftest import ROOT
from tests.faults.box import Box
from tests.fuzz.shapes import EVENTS, events
from tests.fuzz.valid import faults

# Of each hook, half of them past the cap.
MANY = int(os.environ.get("CHEAPROUTE_FUZZ", "200")) // 2
FAST = "/dev/shm"  # noqa: S108  # a directory of our own is made in it
HARD = settings(
    max_examples=MANY,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# Errors that a strange event may bring: the system's, SQLite's. Others are bugs in a handler.
# And numbers that JSON has not: then there is no answer that could be printed.
# The last is the line on an event that is too long, torn or no JSON.
EXPECTED = (
    "OSError", "Error: [Errno", "PermissionError", "IsADirectoryError", "encoder.py",
    "ValueError at ?\n",
)  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """A session past its cap in a home on a quick disk; the data directory is its own."""
    with tempfile.TemporaryDirectory(dir=FAST if os.access(FAST, os.W_OK) else None) as place:
        made = Box(Path(place))
        made.call_api(3)
        main.respond("post_tool_batch", made.event("post_tool_batch"), made.env)
        yield made


def cap(box: Box, nano: int | None) -> None:
    """Set the monthly cap."""
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        db.execute("DELETE FROM cap")
        if nano is not None:
            db.execute("INSERT INTO cap VALUES('month', ?, 'command', 0)", (nano,))
        db.commit()


def fill(raw: bytes, box: Box) -> bytes:
    """`raw` with the places of `box`."""
    home, project = os.fsencode(box.home), os.fsencode(box.project)
    return raw.replace(b"{home}", home).replace(b"{project}", project)


@pytest.mark.parametrize("hook", EVENTS)
@pytest.mark.parametrize("limit", [None, 1], ids=["free", "capped"])
def test_any_event(box: Box, hook: str, limit: int | None) -> None:
    """Types swapped, things missing, nested, huge, torn: a valid answer that grants nothing."""
    cap(box, limit)
    log = box.data / "cheaproute.log"

    @HARD
    @given(events(hook))
    def check(raw: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            log.unlink()
        os.utime(box.data / "environment.failed")  # no session may begin to build one
        output = main.respond(hook, fill(raw, box), box.env)
        assert faults(EVENTS[hook][0], output) == []
        said = log.read_text() if log.exists() else ""
        assert not said or any(word in said for word in EXPECTED), said

    check()


@pytest.mark.parametrize("hook", EVENTS)
def test_a_few_through_the_launcher(box: Box, hook: str) -> None:
    """The same as a process: exit 0, nothing on stderr."""
    import subprocess

    @settings(HARD, max_examples=max(8, MANY // 50))
    @given(events(hook))
    def check(raw: bytes) -> None:
        done = subprocess.run(
            [os.path.join(ROOT, "hooks", "run"), hook],
            input=fill(raw, box),
            env=box.env,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert faults(EVENTS[hook][0], done.stdout) == []

    check()


@pytest.mark.parametrize("hook", EVENTS)
def test_the_shapes_are_understood(box: Box, hook: str) -> None:
    """What the fuzzing starts from is a real event: it is parsed and handled without an error."""
    cap(box, None)
    name, own = EVENTS[hook]
    raw = json.dumps({**json.loads(box.event("stop")), "hook_event_name": name, **own}).encode()
    (box.data / "cheaproute.log").unlink(missing_ok=True)
    output = main.respond(hook, fill(raw, box), box.env)
    assert faults(name, output) == []
    assert not (box.data / "cheaproute.log").exists()
    if hook == "pre_tool_use":
        assert b'"model": "haiku"' in output
    if hook == "user_prompt_submit":
        assert b'"decision": "block"' in output


BAD: list[tuple[str, Any]] = [
    ("PreToolUse", {"hookSpecificOutput": {"hookEventName": "PreToolUse"}, "decision": "approve"}),
    (
        "PreToolUse",
        {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow"}},
    ),
    ("Stop", {"hookSpecificOutput": {"hookEventName": "Stop", "additionalContext": "x"}}),
    ("PostToolBatch", {"continue": False}),
    ("PostToolBatch", {"stopReason": "x" * 20_000, "continue": False}),
    ("Stop", ["systemMessage"]),
    ("Stop", {}),
    ("Stop", {"systemMessage": 1}),
    ("Stop", {"message": "x"}),
]


@pytest.mark.parametrize(("event", "answer"), BAD)
def test_the_schema_has_teeth(event: str, answer: object) -> None:
    """Answers that are wrong are found wrong."""
    assert faults(event, json.dumps(answer).encode())


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    """Any bytes are an event or none."""
    from cheaproute.hook.event import parse

    event = parse(raw)
    assert event is None or event.prompt == event.text("prompt")
