from __future__ import annotations

import os
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import changes
from tests.plan import month as made

SETTINGS = '{\n\t"permissions": {"allow": []},\r\n\t"theme" : "d\\u0061rk"\n}'


@pytest.fixture
def settings(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Claude Code's settings, spelled by hand."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "cheaproute"))
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: made.NOW_MS)
    monkeypatch.chdir(tmp_path)
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_bytes(SETTINGS.encode())
    return path


def test_a_mode_of_an_earlier_version_is_taken_back(settings: Path) -> None:
    """What `mode` once wrote, every byte of it."""
    env = dict(os.environ)
    changes.make(env, "mode", str(settings), b'{"model": "sonnet"}', 1)
    assert main(["mode", "undo"]) == 0
    assert settings.read_bytes() == SETTINGS.encode()


@pytest.mark.parametrize("mode", ["economy", "balanced", "quality"])
def test_no_mode_is_set_any_more(
    settings: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that is called quality downgrades; the refusal says what to do."""
    assert main(["mode", mode, "--yes"]) == 2
    assert "is gone: `cheaproute plan apply main-model`" in capsys.readouterr().err
    assert settings.read_bytes() == SETTINGS.encode()
