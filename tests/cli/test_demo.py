from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

from cheaproute.cli.demo import build_log, play
from cheaproute.cli.main import main
from tests.conftest import ROOT

RECORDING = os.path.join(ROOT, "cheaproute", "cli", "demo", "session.jsonl")


def played(capsys: pytest.CaptureFixture[str]) -> str:
    """What the demo prints."""
    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_it_shows_each_decision_and_the_costs(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The searches go to Haiku, the deadlock stays, each with its reason; then comes /costs.

    Neither the home nor the temporary directory has anything new after it.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    out = played(capsys)
    assert list((tmp_path / "scratch").iterdir()) == []
    assert list(home.iterdir()) == []
    told = re.findall(r"^Agent    (.*) \((.*)\)\n +(.*)\n +because (.*)$", out, re.MULTILINE)
    assert [(what, verdict) for what, _, verdict, _ in told] == [
        ("Find callers of reserve_stock", "haiku instead of claude-opus-5-5"),
        ("Root-cause the checkout hang", "left on claude-opus-5-5 (no dearer than what it needs)"),
        ("Summarise the changelog", "haiku instead of claude-opus-5-5"),
    ]
    assert all(len(reason) > 10 for *_, reason in told)
    assert "the main model gets a digest by Haiku" in out
    assert "| L902: 2026-11-20T14:09:02Z ERROR jobs.expire deadlock" in out
    assert "Routed               2  of 3 subagents to a cheaper model" in out
    assert re.search(r"^Saved \(net\) +\$0\.[1-9]", out, re.MULTILINE)
    assert "  of $5.00  " in out


def test_its_total_is_the_clients_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger of the session comes to what Claude Code said it cost, digest left out."""
    monkeypatch.setattr("cheaproute.cli.demo.sandbox.find_spec", lambda _name: None)
    with open(RECORDING, encoding="utf-8") as file:
        rows = [row for line in file for rows in json.loads(line)["rows"].values() for row in rows]
    [state] = [row for row in rows if row.get("type") == "cost-state"]
    spent = re.search(r"^Month +\$(\S+)", played(capsys), re.MULTILINE)
    assert spent
    assert float(spent[1]) == pytest.approx(state["totalCostUSD"], abs=0.005)


def test_without_the_sdk_it_plays_without_a_digest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the environment is built the demo works, and says what is missing."""
    monkeypatch.setattr("cheaproute.cli.demo.sandbox.find_spec", lambda _name: None)
    assert "no digest: that needs the environment, run `cheaproute setup`" in played(capsys)


def test_a_hook_that_fails_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken hook is an expected failure of the demo, in one line."""
    broken = tmp_path / "run"
    broken.write_text(f"#!{sys.executable}\nraise SystemExit('no such thing')\n")
    broken.chmod(0o700)
    monkeypatch.setattr(play, "RUN", str(broken))
    assert main(["demo"]) == 1
    assert "hook session_start ended with 1: no such thing" in capsys.readouterr().err
    monkeypatch.setattr(play, "RUN", str(tmp_path / "absent"))
    assert main(["demo"]) == 1
    assert "a wheel has none of them" in capsys.readouterr().err


def test_the_recording_is_of_the_pinned_client() -> None:
    """Real events and rows of one client version, without a path of the machine they come from."""
    with open(RECORDING, encoding="utf-8") as file:
        text = file.read()
    assert '"version": "2.1.330"' in text
    assert "/shop" not in text.replace("{project}", "").replace("-demo-shop", "")
    assert "/root" not in text
    assert build_log.TOLD[902] not in text
