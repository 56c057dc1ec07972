"""The model a session announces before its first answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cheaproute.client.transcript.peek import announced_model

if TYPE_CHECKING:
    from pathlib import Path


def line(content: dict[str, object]) -> str:
    """One row as the client writes it."""
    return json.dumps(content, separators=(",", ":")) + "\n"


def model(name: str) -> str:
    """The row that announces `name`."""
    return line({"attachment": {"type": "model", "identity": {"modelId": name}, "text": "You are"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            line({"type": "user"}) + model("claude-opus-5-5") + line({"type": "x"}),
            "claude-opus-5-5",
        ),
        (model("claude-opus-5-5") + model("claude-sonnet-5-5"), "claude-sonnet-5-5"),
        (line({"type": "user"}), ""),
        ("", ""),
    ],
)
def test_the_latest_announcement_counts(tmp_path: Path, text: str, expected: str) -> None:
    """A switch before the first answer announces anew."""
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    assert announced_model(str(path)) == expected


def test_no_transcript_announces_nothing(tmp_path: Path) -> None:
    """A file that is not there is no error."""
    assert announced_model(str(tmp_path / "none.jsonl")) == ""
