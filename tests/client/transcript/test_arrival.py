"""A row that the client writes late is waited for, for a moment."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from cheaproute.hook import arrival, event, main

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
    assert arrival.came(happened(main, agent), patience_s=20)
    writer.join()


def test_a_row_that_is_there_costs_no_time(tmp_path: Path) -> None:
    """The usual case."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "' + MARK + '"}\n' + "x" * 1000)
    begun = time.monotonic()
    assert arrival.came(happened(path), patience_s=20)
    assert time.monotonic() - begun < 10


def test_a_row_that_never_comes_is_given_up(tmp_path: Path) -> None:
    """The gate then decides on what it knows; PostToolBatch has the last word."""
    path = tmp_path / "s.jsonl"
    path.write_text("{}\n")
    assert not arrival.came(happened(path), patience_s=0.03)
    assert not arrival.came(happened(tmp_path / "none.jsonl", "a1"), patience_s=20)


def test_far_from_every_cap_nothing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dispatch is held up only where the call behind it could decide."""
    asked: list[event.Event] = []

    def came(happening: event.Event) -> bool:
        asked.append(happening)
        return False

    monkeypatch.setattr(arrival, "came", came)
    tool_input = {"description": "Find", "prompt": "List the files.", "subagent_type": "Explore"}
    raw = json.dumps(
        {
            "session_id": "s",
            "tool_name": "Agent",
            "tool_use_id": "toolu_1",
            "tool_input": tool_input,
            "transcript_path": str(tmp_path / "s.jsonl"),
        }
    ).encode()
    for dollars, waits in ((1000, 0), (2, 1)):
        home = tmp_path / str(dollars)
        home.mkdir(mode=0o700)
        (home / "config.toml").write_text(f"[cap]\nmonth_usd = {dollars}\n")
        main.respond("pre_tool_use", raw, {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(home)})
        assert len(asked) == waits
