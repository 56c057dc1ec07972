"""Rounds with other machines begin only where something is shared, and not too often."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cheaproute.cap.shared import elsewhere
from cheaproute.hook.context import Context
from cheaproute.machines import folder, rounds


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
