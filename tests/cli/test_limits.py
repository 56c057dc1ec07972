"""`limits`, as people call the 5 hours and the week of a plan, is answered by what has them."""

from __future__ import annotations

import sqlite3

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger.module import rate_limits
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY


def limits(capsys: pytest.CaptureFixture[str]) -> str:
    """What `cheaproute limits` prints."""
    assert main(["limits"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_plan_s_windows_are_shown_with_the_costs(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the client told of them; before, that it did not, and the caps."""
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "t")
    ledgers.set_cap(ledger, 40)
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=1_000_000_000)
    said = " ".join(limits(capsys).split())
    assert said.startswith("Claude Code has not yet said how full the 5 hours and the week are")
    assert "$40.00" in said
    rate_limits.note(
        ledger,
        {
            "five_hour": {"used_percentage": 42, "resets_at": NOW_MS // 1000 + 3600},
            "seven_day": {"used_percentage": 13, "resets_at": NOW_MS // 1000 + 86400},
        },
        NOW_MS,
    )
    said = limits(capsys)
    assert "42 %" in said
    assert "13 %" in said
    assert "By model" in said


def test_with_a_key_it_is_the_caps(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no windows then: it says so."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    ledgers.set_cap(ledger, 40)
    said = " ".join(limits(capsys).split())
    assert said.startswith("5 hours and weeks are a plan's limits, and you pay by key.")
    assert "$40.00" in said
