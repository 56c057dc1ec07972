"""A task that Haiku did not do goes one tier up, whoever tells of its end first."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.hook.main import respond
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.hook.mod.test_explore import PLAIN, first, home
from tests.hook.mod.test_questions import OPUS, UUID
from tests.hook.mod.test_second_voice import SONNET
from tests.transcripts import append, write


@pytest.mark.parametrize("told", ["hook", "row"])
def test_who_tells_first_of_an_end_changes_no_retry(tmp_path: Path, told: str) -> None:
    """The client names the model of the dispatch; the module's record of its answer may come later.

    What Haiku declined is sent again one tier higher all the same, and the main model hears of it.
    """
    at = home(tmp_path)
    transcript = tmp_path / ".claude/projects/-tmp-p" / f"{UUID}.jsonl"
    declined = {
        "status": "completed",
        "agentId": "a1",
        "resolvedModel": OPUS,
        "content": [{"type": "text", "text": "I can't do that."}],
    }
    at.ask("ModStart", version="2.1.332")
    assert "haiku" in first(at, prompt=PLAIN)["model"]
    if told == "row":
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        result = {"type": "tool_result", "tool_use_id": "toolu_a1", "content": "I can't do that."}
        row = {"type": "user", "sessionId": UUID, "timestamp": now, "toolUseResult": declined}
        write(transcript, {**row, "message": {"role": "user", "content": [result]}})
        with closing(at.ledger()) as db:
            ingest.meter(db, str(transcript), int(time.time() * 1000), prices.load())
    common = {"session_id": UUID, "cwd": "/tmp/p", "transcript_path": str(transcript)}  # noqa: S108
    common |= {"tool_name": "Agent", "tool_use_id": "toolu_a1"}
    given = {"description": "", "prompt": PLAIN, "subagent_type": "general-purpose"}
    event = json.dumps({**common, "tool_input": given, "tool_response": declined}).encode()
    assert "one tier higher" in str(respond("post_tool_use", event, at.env))
    assert first(at, prompt=PLAIN, agent="a2")["model"] == SONNET


@pytest.mark.parametrize(
    ("prompt", "typed", "model"),
    [
        (PLAIN, False, SONNET),
        (PLAIN, True, "haiku"),
        (PLAIN.replace("ledger", "meter"), False, "haiku"),
    ],
)
def test_only_the_same_task_within_the_turn_comes_again(
    tmp_path: Path, prompt: str, typed: bool, model: str
) -> None:
    """One that differs by its object, or that the user asks for anew, is another task."""
    at = home(tmp_path)
    transcript = tmp_path / ".claude/projects/-tmp-p" / f"{UUID}.jsonl"
    write(transcript, typed_row("2026-01-01T00:00:00Z"))
    at.ask("ModStart", version="2.1.332")
    first(at, prompt=PLAIN)
    with closing(at.ledger()) as db:
        db.execute("UPDATE dispatch SET status = 'ok', resolved = 'claude-haiku-5-5'")
    if typed:
        append(transcript, typed_row("2099-01-01T00:00:00Z"))
    assert model in first(at, prompt=prompt, agent="a2")["model"]


def typed_row(at: str) -> dict[str, object]:
    """A prompt of the user."""
    said = {"role": "user", "content": "find it"}
    return {"type": "user", "sessionId": UUID, "timestamp": at, "message": said}
