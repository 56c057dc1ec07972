"""Rounds with other machines begin only where something is shared, and not too often."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cheaproute.cap.shared import elsewhere, lease
from cheaproute.config import platform
from cheaproute.config.venv import spawn
from cheaproute.hook.context import Context
from cheaproute.hook.main import respond
from cheaproute.machines import folder, rounds
from cheaproute.machines.team import background


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home with a synced folder."""
    (tmp_path / "shared").mkdir()
    return {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}


def test_who_shares_nothing_starts_nothing(env: dict[str, str]) -> None:
    """No file is opened but the settings, no process begun."""
    context = Context(env)
    assert not rounds.begin(context)
    context.close()


def test_a_session_begins_a_round_in_the_background(env: dict[str, str], tmp_path: Path) -> None:
    """What it finds is there for the next gate; another is due in five minutes only."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shared = tmp_path / "shared"
    (data / "config.toml").write_text(f'[sync]\nfolder = "{shared}"\n')
    (shared / folder.BELOW).mkdir()
    other = shared / folder.BELOW / "00112233445566aa.jsonl"
    now_ms = int(time.time() * 1000)
    row = {"id": "msg_1", "ts": now_ms, "counts": [1, 0, 0, 0, 0, 0], "nano": 5}
    head = {"cheaproute": 1, "machine": "00112233445566aa", "name": "two"}
    other.write_text(json.dumps(head) + "\n" + json.dumps(row) + "\n")
    context = Context(env)
    assert rounds.begin(context)
    assert not rounds.begin(context)
    end = time.monotonic() + 60
    while elsewhere.read(str(data)) is None:
        assert time.monotonic() < end, list(data.iterdir())
        time.sleep(0.05)
    found = elsewhere.read(str(data))
    assert found is not None
    assert (5, 0) in found.periods.values()
    context.close()


def test_a_round_that_hangs_is_left_alone(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder whose server is gone holds one process, not one more every five minutes."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "config.toml").write_text(f'[sync]\nfolder = "{tmp_path / "shared"}"\n')
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with (data / "sync.lock").open("w") as file:
        assert platform.lock(file, wait=False)
        background.main()
        assert elsewhere.read(str(data)) is None
    background.main()
    assert elsewhere.read(str(data)) is not None


@pytest.mark.parametrize("hook", ["mod", "user_prompt_submit", "pre_tool_use", "post_tool_batch"])
def test_a_refusal_presses_for_a_round(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    """Where a team's budget refuses, more of it is asked for at once, but not at each refusal."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "team.json").write_text("{}")
    lease.write(
        str(data),
        lease.Lease(
            {"": lease.Part(0, 0)},
            month=time.strftime("%Y-%m", time.gmtime()),
            taken_ms=lease.running_ms(),
            hold_ms=600_000,
            full_cap="team month",
        ),
    )
    begun: list[str] = []

    def start(_env: object, code: str, *_words: object, **_more: object) -> bool:
        begun.append(code)
        return True

    monkeypatch.setattr(spawn, "start", start)
    event = {
        "hook_event_name": "ModGate" if hook == "mod" else hook,
        "session_id": "11111111-2222-3333-4444-555555555555",
        "cwd": str(tmp_path),
        "prompt": "x",
        "tool_name": "Agent",
        "tool_input": {"prompt": "x"},
        "flight": {"model": "claude-opus-5-5", "bytes": 9, "agent": "", "at_ms": 1},
    }
    for _ in range(3):
        said = respond(hook, json.dumps(event).encode(), {**env, "ANTHROPIC_API_KEY": "sk-ant-x"})
        assert b"team" in said
    assert len([code for code in begun if "background" in code]) == 1
