"""A refusal of our own is no failure of the model that was asked for."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import decisions, failures
from tests.client.test_agent_result import STOPPED
from tests.hook.test_gate import Machine

WHY = (
    "Not sent: this request is likely to cost $0.04 (error type invalid_request, HTTP 403, model x)"
)
EARLY = "Agent terminated early due to an API error: "


@pytest.mark.parametrize(
    ("said", "rests"),
    [
        (f"{EARLY}{STOPPED}[cheaproute] {WHY}", []),
        (f"{EARLY}API Error: 403 there is no such model", ["sonnet"]),
    ],
)
def test_no_model_rests_for_it(tmp_path: Path, said: str, rests: list[str]) -> None:
    """Nor is the main model told that it failed."""
    machine = Machine(tmp_path)
    machine.call(0.1)
    machine.hook("stop")
    with closing(machine.ledger()) as db:
        decisions.add(db, {"id": "toolu_9", "ts_ms": 1, "session": 1, "routed": "sonnet"})
    told = machine.hook(
        "post_tool_use", hook_event_name="PostToolUseFailure", tool_use_id="toolu_9", error=said
    )
    assert bool(told) == bool(rests)
    assert "Haiku" not in str(told)
    with closing(machine.ledger()) as db:
        now_ms = int(db.execute("SELECT max(ended_ms) FROM dispatch").fetchone()[0])
        assert [*failures.resting(db, now_ms)] == rests
        assert bool(failures.untold(db, 1, now_ms).runs) == bool(rests)
