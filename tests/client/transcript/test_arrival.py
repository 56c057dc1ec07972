"""A row that the client writes late is waited for, for a moment."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from cheaproute.client.transcript import peek
from cheaproute.hook import main

MARK = "toolu_1"


@pytest.mark.parametrize("agent", ["", "a1"])
def test_a_late_row_is_waited_for(tmp_path: Path, agent: str) -> None:
    """In the main loop and in a subagent, each in its own transcript."""
    main = tmp_path / "s.jsonl"
    path = tmp_path / "s" / "subagents" / f"agent-{agent}.jsonl" if agent else main
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")
    writer = threading.Timer(0.05, path.write_text, ['{"id": "' + MARK + '"}\n'])
    writer.start()
    assert peek.wait_for(str(main), agent, [MARK], 20)
    writer.join()


def test_a_row_that_is_there_costs_no_time(tmp_path: Path) -> None:
    """The usual case."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "' + MARK + '"}\n' + "x" * 1000)
    begun = time.monotonic()
    assert peek.wait_for(str(path), "", [MARK], 20)
    assert time.monotonic() - begun < 10


def test_a_row_that_never_comes_is_given_up(tmp_path: Path) -> None:
    """The gate then decides on what it knows; PostToolBatch has the last word."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"tool_use_id":"' + MARK + '"}\n')  # the result's row is no answer
    assert not peek.wait_for(str(path), "", [MARK], 0.03)
    assert not peek.wait_for(str(tmp_path / "none.jsonl"), "a1", [MARK], 20)


def test_far_from_every_cap_nothing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dispatch is held up only where the call behind it could decide."""
    asked: list[str] = []

    def wait_for(path: str, agent: str, uses: list[str], patience_s: float) -> bool:
        asked.extend([path, agent, *uses] if patience_s else [])
        return False

    monkeypatch.setattr(peek, "wait_for", wait_for)
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
        assert asked == [str(tmp_path / "s.jsonl"), "", "toolu_1"] * waits
