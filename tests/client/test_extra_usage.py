"""A plan's user who pays by the token after all: past the plan's limit a cap blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client import login
from cheaproute.ledger.module import rate_limits
from tests.hook.test_gate import Machine

NOW_MS = 1_795_350_600_000


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A plan's user who spent $4 of $1."""
    made = Machine(tmp_path)
    made.env.pop("ANTHROPIC_API_KEY")
    made.env["CLAUDE_CODE_OAUTH_TOKEN"] = "t"
    made.call(4)
    return made


def account(machine: Machine, content: str) -> None:
    """The client's state file."""
    (Path(machine.env["HOME"]) / ".claude.json").write_text(content)


def usage(machine: Machine, percent: float) -> None:
    """The client tells how full the plan is."""
    import time

    now_ms = int(time.time() * 1000)
    window = {"used_percentage": percent, "resets_at": now_ms // 1000 + 3600}
    db = machine.ledger()
    rate_limits.note(db, {"five_hour": window}, now_ms)
    db.close()


def stops_for(machine: Machine, reason: str) -> bool:
    """Whether a batch's cap stops the session, which then says `reason`, once."""
    answer = machine.hook("post_tool_batch", tool_calls=[{"tool_use_id": "toolu_1"}])
    if answer is None:
        return False
    assert answer["continue"] is False
    assert reason in answer["systemMessage"]
    again: Any = machine.hook("post_tool_batch", tool_calls=[{"tool_use_id": "toolu_1"}])
    assert "systemMessage" not in again
    return True


EXTRA = json.dumps({"oauthAccount": {"hasExtraUsageEnabled": True}})


@pytest.mark.parametrize(
    ("state", "percent", "stops"),
    [
        ("{}", None, False),
        (json.dumps({"oauthAccount": {"hasExtraUsageEnabled": False}}), None, False),
        (EXTRA, None, True),
        (EXTRA, 40, False),
        (EXTRA, 100, True),
        ("{}", 99.5, False),
        ("{}", 100, True),
        ('{"oauthAcc', None, True),
    ],
)
def test_a_plan_that_is_full_is_no_plan(
    machine: Machine, state: str, percent: float | None, *, stops: bool
) -> None:
    """What it reports; the account's switch where it reports nothing; in doubt money is paid."""
    account(machine, state)
    if percent is not None:
        usage(machine, percent)
    assert stops_for(machine, "billed by the token") == stops


@pytest.mark.parametrize(
    ("url", "percent", "config", "stops"),
    [
        ("https://llm.example.com:4000/v1", None, "", True),
        ("https://llm.example.com", 40, "", False),
        ("https://llm.example.com", None, 'billing = "plan"', False),
        ("https://127.0.0.1.example.com", None, "", True),
        ("http://127.0.0.1:9", None, "", False),
        ("http://[::1]:9/", None, "", False),
        ("http://localhost", None, "", False),
        ("https://api.anthropic.com", None, "", False),
    ],
)
def test_behind_a_gateway_a_plan_has_to_be_told(
    machine: Machine, url: str, percent: float | None, config: str, *, stops: bool
) -> None:
    """By the windows that it reports, or by the user; in doubt it is paid for, said once.

    One on this machine is no doubt: it hands the plan's login on.
    """
    machine.env["ANTHROPIC_BASE_URL"] = url
    (machine.data / "config.toml").write_text(config)
    if percent is not None:
        usage(machine, percent)
    assert stops_for(machine, "A gateway answers, and nothing tells that your plan") == stops


def test_a_layer_that_cannot_be_read_is_said_once(machine: Machine) -> None:
    """The file is named, and what it means for the cap."""
    place = Path(machine.env["HOME"]) / ".claude"
    place.mkdir()
    (place / "settings.json").write_text("{")
    answer: Any = machine.hook("post_tool_batch", tool_calls=[{"tool_use_id": "toolu_1"}])
    assert f"{place}/settings.json, which cannot be read" in answer["systemMessage"]
    again: Any = machine.hook("post_tool_batch", tool_calls=[{"tool_use_id": "toolu_1"}])
    assert "systemMessage" not in again


def test_no_state_file_says_nothing(tmp_path: Path) -> None:
    """A login by a variable has none."""
    assert not login.pays_past_the_plan({"HOME": str(tmp_path)})
