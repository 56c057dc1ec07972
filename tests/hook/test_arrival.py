"""A row that the client writes late is waited for, for a moment."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from cheaproute.hook import arrival, event

MARK = "toolu_1"


def happened(path: Path, agent: str = "") -> event.Event:
    """A PreToolUse of `MARK` whose session's transcript is `path`."""
    body = {"hook_event_name": "PreToolUse", "transcript_path": str(path), "tool_use_id": MARK}
    parsed = event.parse(json.dumps(body | ({"agent_id": agent} if agent else {})).encode())
    assert parsed is not None
    return parsed


@pytest.mark.parametrize("agent", ["", "a1"])
def test_a_late_row_is_waited_for(tmp_path: Path, agent: str) -> None:
    """In the main loop and in a subagent, each in its own transcript."""
    main = tmp_path / "s.jsonl"
    path = tmp_path / "s" / "subagents" / f"agent-{agent}.jsonl" if agent else main
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")
    writer = threading.Timer(0.05, path.write_text, ['{"id": "' + MARK + '"}\n'])
    writer.start()
    assert arrival.came_late(happened(main, agent), patience_s=20)
    writer.join()


def test_a_row_that_is_there_costs_no_time(tmp_path: Path) -> None:
    """The usual case: nothing came late, so nothing has to be counted again."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "' + MARK + '"}\n' + "x" * 1000)
    begun = time.monotonic()
    assert not arrival.came_late(happened(path), patience_s=20)
    assert time.monotonic() - begun < 10


def test_a_row_that_never_comes_is_given_up(tmp_path: Path) -> None:
    """The gate then decides on what it knows; PostToolBatch has the last word."""
    path = tmp_path / "s.jsonl"
    path.write_text("{}\n")
    assert not arrival.came_late(happened(path), patience_s=0.03)
    assert not arrival.came_late(happened(tmp_path / "none.jsonl", "a1"), patience_s=20)
