"""Rounds with other machines begin only where something is shared, and not too often."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap.shared import elsewhere, failing, lease
from cheaproute.cli.main import main
from cheaproute.config import paths, platform
from cheaproute.config.venv import spawn
from cheaproute.hook.context import Context
from cheaproute.hook.main import respond
from cheaproute.ledger import store
from cheaproute.machines import folder, rounds, sync
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


@pytest.fixture
def here(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a machine that shares a folder, as its background process sees it."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "config.toml").write_text(f'[sync]\nfolder = "{tmp_path / "shared"}"\n')
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return data


@pytest.mark.parametrize("then", ["", "share = 0.5"])
def test_what_is_changed_beside_a_round_holds(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """Who leaves while a round goes on counts alone, who takes a share has it."""
    real = sync.run
    config = here / "config.toml"
    after = f'[sync]\nfolder = "{tmp_path / "shared"}"\n{then}\n' if then else ""

    def slow(*words: object) -> object:
        config.write_text(after)
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(sync, "run", slow)
    background.main()
    known = elsewhere.read(str(here))
    assert (known is not None and known.share == 0.5) == bool(then)
    assert (known is None) == (not then)


def test_a_round_that_fails_is_said(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By `costs`, `doctor` and `sync --status`, since when and why, until one succeeds."""
    config = here / "config.toml"
    for place, why in ((tmp_path, "the ledger lies in it"), (tmp_path / "no", "is gone")):
        config.write_text(f'[sync]\nfolder = "{place}"\n')
        background.main()
        background.main()
        with closing(store.connect(str(here / "ledger.db"))) as db:
            now_ms = int(time.time() * 1000)
            found = failing.of(db, "sync", now_ms)
            assert failing.of(db, "sync", now_ms + 2 * 86_400_000) is None  # wanted no more
        assert found
        assert why in found.why
        for words in (["costs"], ["doctor"], ["sync", "--status"]):
            capsys.readouterr()
            main(words)
            said = " ".join("".join(capsys.readouterr()).split())
            assert "fail (first now)" in said, (words, said)
            assert why in said
    assert len(Path(paths.log_file(os.environ)).read_text().splitlines()) == 1
    config.write_text(f'[sync]\nfolder = "{tmp_path / "shared"}"\n')
    background.main()
    for words in (["costs"], ["doctor"], ["sync", "--status"]):
        main(words)
        assert "fail (first" not in "".join(capsys.readouterr())


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
