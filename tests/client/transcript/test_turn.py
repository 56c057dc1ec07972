"""What the main model is after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client.transcript import peek
from cheaproute.delegate import turn


def user(content: object, **more: object) -> dict[str, object]:
    """A row of the user's."""
    return {"type": "user", "message": {"role": "user", "content": content}, **more}


def assistant(model: str) -> dict[str, object]:
    """A row of the model's."""
    return {"type": "assistant", "message": {"model": model, "content": []}}


def announced(model: str) -> dict[str, object]:
    """The row that tells of another model, before it is asked."""
    return {"attachment": {"type": "model", "identity": {"modelId": model}}, "type": "attachment"}


RESULT = user([{"type": "tool_result", "content": "long", "tool_use_id": "t"}])


@pytest.mark.parametrize(
    ("rows", "prompt", "model"),
    [
        ([user("Why?"), assistant("m1"), RESULT, assistant("m2")], "Why?", "m2"),
        ([user("Old"), user([{"type": "text", "text": "New"}]), assistant("m")], "New", "m"),
        ([user("Why?"), assistant("m"), user("<meta>", isMeta=True)], "Why?", "m"),
        ([{"type": "last-prompt", "lastPrompt": "Short"}, assistant("m"), RESULT], "Short", "m"),
        ([user("Why?"), assistant("m"), assistant("<synthetic>")], "Why?", "m"),
        ([user("Why?"), announced("m")], "Why?", "m"),
        ([user("Old"), assistant("m1"), user("Why?"), announced("m2")], "Why?", "m2"),
        ([user("Why?"), announced("m1"), assistant("m2"), RESULT], "Why?", "m2"),
        ([], "", ""),
    ],
    ids=[
        "string",
        "blocks",
        "meta",
        "client's own note",
        "synthetic",
        "first answer late",
        "answer of another model late",
        "another model answered",
        "empty",
    ],
)
def test_prompt_and_model(
    tmp_path: Path, rows: list[dict[str, object]], prompt: str, model: str
) -> None:
    """The last thing the user said, and the model that answered last."""
    file = tmp_path / "s.jsonl"
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    file.write_text("\n".join([*lines, '{"type": "user", "mess']))
    found = turn.latest(str(file))
    assert (found.prompt, found.model) == (prompt, model)


def test_a_long_session_is_read_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies before the tail is not found, and a cut first line does no harm."""
    monkeypatch.setattr(turn, "TAIL_BYTES", 200)
    file = tmp_path / "s.jsonl"
    rows = [user("Far away"), user([{"type": "tool_result", "content": "x" * 300}]), assistant("m")]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = turn.latest(str(file))
    assert (found.prompt, found.model) == ("", "m")


def test_a_long_prompt_is_cut(tmp_path: Path) -> None:
    """A pasted page is no question."""
    file = tmp_path / "s.jsonl"
    file.write_text(json.dumps(user("x" * 10_000)) + "\n")
    assert len(turn.latest(str(file)).prompt) == turn.PROMPT_CHARS


def test_no_transcript_no_turn(tmp_path: Path) -> None:
    """A missing file is no error."""
    assert turn.latest(str(tmp_path / "none")).model == ""


def test_a_subagent_has_its_own_transcript() -> None:
    """Below the session's directory; an id cannot lead elsewhere."""
    assert peek.agent_path("/p/s.jsonl", "a1") == "/p/s/subagents/agent-a1.jsonl"
    assert peek.agent_path("/p/s.jsonl", "../../x") == "/p/s/subagents/agent-x.jsonl"
