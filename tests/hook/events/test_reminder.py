from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.config.venv import status
from cheaproute.days import iso
from cheaproute.hook import main
from cheaproute.ledger import meta, store
from cheaproute.plan import reminder
from tests import ledgers

START = {
    "hook_event_name": "SessionStart",
    "source": "startup",
    "session_id": "11111111-2222-3333-4444-555555555555",
}


def said(env: dict[str, str]) -> str:
    """What a session's start tells the user."""
    answer = main.respond("session_start", json.dumps(START).encode(), env)
    return str(json.loads(answer)["systemMessage"]) if answer else ""


def test_a_session_start_says_once_what_tuning_would_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One tagged line in the first session after the look; silence in the next."""
    monkeypatch.setattr(status, "start_in_background", lambda _env: "ready")
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    with closing(store.connect(os.path.join(env["CHEAPROUTE_HOME"], "ledger.db"))) as db:
        db.execute("INSERT INTO cap VALUES('month', 1, 'command', 0)")
        today = int(time.time()) // 86_400
        meta.put(db, reminder.WORTH, f"{25 * 10**9}:30:{today + 1}:0.0:than they did")
    line = (
        f"[cheaproute] Played again, your last 30 days to {iso(today)} would have cost $25.00"
        " less than they did, by the plan's low estimate: `cheaproute plan` shows where."
    )
    unseen = env | {"CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}  # `-p` shows no such line: it is kept
    assert [said(unseen), said(env), said(env)] == ["", line, ""]


def test_a_start_that_nobody_sees_uses_up_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day's word that no cap is set waits for a session with a screen."""
    monkeypatch.setattr(status, "start_in_background", lambda _env: "ready")
    env = {
        "HOME": str(tmp_path),
        "CHEAPROUTE_HOME": str(tmp_path / "data"),
        "ANTHROPIC_API_KEY": "sk-ant-x",
    }
    assert said(env | {"CLAUDE_CODE_ENTRYPOINT": "sdk-ts"}) == ""
    assert "No cap is set" in said(env | {"CLAUDE_CODE_ENTRYPOINT": "cli"})
    assert said(env) == ""


def test_a_start_past_a_cap_says_that_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a prompt is written in vain, with what helps; not where the cap only warns."""
    monkeypatch.setattr(status, "start_in_background", lambda _env: "ready")
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    with closing(store.connect(os.path.join(env["CHEAPROUTE_HOME"], "ledger.db"))) as db:
        db.execute("INSERT INTO cap VALUES('month', 1, 'command', 0)")
        ledgers.add_call(db, "a", int(time.time()) // 86_400, cost_nano=10)
    line = said(env | {"ANTHROPIC_API_KEY": "sk-ant-x", "CLAUDE_CODE_ENTRYPOINT": "cli"})
    assert "Monthly cap reached" in line
    assert "No further API call is made" in line
    assert "cap raise" in line
    oauth = env | {"CLAUDE_CODE_OAUTH_TOKEN": "x", "CLAUDE_CODE_ENTRYPOINT": "cli"}
    assert "cap reached" not in said(oauth)
