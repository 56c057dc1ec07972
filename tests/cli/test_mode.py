from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from tests.plan import month as made
from tests.plan.month import Month

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


@pytest.fixture
def month(settings: Path, tmp_path: Path) -> Iterator[Month]:
    """The ledger the command opens."""
    del settings
    with closing(store.connect(str(tmp_path / "cheaproute" / "ledger.db"))) as db:
        yield Month(db)


def test_nothing_is_written_without_the_word(
    settings: Path, month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    """The price of last month in each mode and the diff come first."""
    made.everyday_opus(month)
    assert main(["mode", "economy"]) == 1
    said = capsys.readouterr().out
    assert '+\t"model" : "haiku"' in said or '"model"' in said
    assert "as it was" in said
    assert settings.read_bytes() == SETTINGS.encode()


def test_a_mode_changes_one_key_and_undo_restores_every_byte(settings: Path) -> None:
    """Undo goes back one change, off to where it was before the first."""
    assert main(["mode", "balanced", "--yes"]) == 0
    assert json.loads(settings.read_bytes()) == {**json.loads(SETTINGS), "model": "sonnet"}
    assert settings.read_bytes().startswith(SETTINGS.encode()[:-2])
    assert main(["mode", "quality", "--yes"]) == 0
    assert json.loads(settings.read_bytes())["model"] == "opusplan"
    assert main(["mode", "undo"]) == 0
    assert json.loads(settings.read_bytes())["model"] == "sonnet"
    assert main(["mode", "economy", "--yes"]) == 0
    assert main(["mode", "off", "--yes"]) == 0
    assert settings.read_bytes() == SETTINGS.encode()


def test_the_users_own_model_comes_back(settings: Path) -> None:
    """Off restores the model that stood there."""
    settings.write_text('{"model": "opus"}')
    assert main(["mode", "economy", "--yes"]) == 0
    assert main(["mode", "off", "--yes"]) == 0
    assert settings.read_text() == '{"model": "opus"}'


def test_settings_that_are_no_json_are_left_alone(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be read is refused by name."""
    settings.write_text("{ // mine\n}")
    assert main(["mode", "economy", "--yes"]) == 1
    assert "not a JSON object, so left alone" in capsys.readouterr().err
    assert settings.read_text() == "{ // mine\n}"


def test_what_wins_over_the_users_settings_is_said(
    settings: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable or the project's own settings make a mode without effect here."""
    del settings
    monkeypatch.setenv("ANTHROPIC_MODEL", "opus")
    assert main(["mode", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["overridden_by"] == "ANTHROPIC_MODEL"


def test_costs_of_the_modes(month: Month, capsys: pytest.CaptureFixture[str]) -> None:
    """Sonnet is half of Opus here; Haiku a fortieth below its step."""
    made.everyday_opus(month)
    assert main(["mode", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["cost_in_mode_usd"]["balanced"] == pytest.approx(shown["cost_usd"] / 2)
    assert shown["cost_in_mode_usd"]["economy"] < shown["cost_usd"] / 20
