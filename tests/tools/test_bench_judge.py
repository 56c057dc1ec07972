"""`bench judge` with a stand-in for Haiku: what is asked, and what the figures count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import judge
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import OPEN
from tests.api import Api, Reply

TASK = "Look at src/billing and give me the picture of how invoices and refunds hang together."


def test_it_asks_about_what_is_open_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pairs and history; a stand-in that calls all of it retrieval is seen for what it is."""
    assert decide("Invoices", TASK, "Explore").tier == OPEN
    use = {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "Agent",
        "input": {"description": "Invoices", "prompt": TASK, "subagent_type": "Explore"},
    }
    row = {
        "type": "assistant",
        "sessionId": "s",
        "timestamp": "2026-11-20T10:00:00.000Z",
        "message": {"id": "m", "role": "assistant", "content": [use]},
    }
    place = tmp_path / "claude" / "projects" / "p"
    place.mkdir(parents=True)
    (place / "11111111-2222-3333-4444-555555555555.jsonl").write_text(json.dumps(row) + "\n")
    with Api(lambda _: Reply("haiku list")) as api:
        for name, value in (
            ("CHEAPROUTE_HOME", str(tmp_path / "data")),
            ("CLAUDE_CONFIG_DIR", str(tmp_path / "claude")),
            ("ANTHROPIC_BASE_URL", api.url),
            ("ANTHROPIC_API_KEY", "sk-ant-x"),
        ):
            monkeypatch.setenv(name, value)
        judge.run(quick=True)
        asked = len(api.calls)
        judge.run(quick=True)
        assert len(api.calls) == asked, "what was asked once was asked again"
    said = capsys.readouterr().out
    assert asked == judge.QUICK + 1
    assert "called Haiku's" in said
    assert "1 asked about" in said
    hard = next(line for line in said.splitlines() if line.startswith("unsafe"))
    some, of = hard.split("Haiku's ")[1].split(" = ")[0].split("/")
    assert some == of
