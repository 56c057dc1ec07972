"""What takes spending out of a cap's sight is a person's word, as the cap itself is."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import paths
from cheaproute.money import NANO
from tests import ledgers
from tests.ledgers import TODAY

WAYS = {
    "another home": ["config", "set", "home", "{tmp}/elsewhere"],
    "the home of before": ["config", "unset", "home"],
    "an older ledger": ["restore", "{tmp}/kept.db", "--yes"],
    "without the others": ["sync", "--leave"],
    "another folder": ["sync", "{tmp}/other"],
    "no share": ["sync", "--share", "off"],
    "a larger share": ["sync", "--share", "0.9"],
    "no share, as a setting": ["config", "set", "sync.share", "0"],
    "no folder, as a setting": ["config", "unset", "sync.folder"],
    "names, too": ["sync", "--projects"],
    "a team, and its prices": ["team", "join", "postgresql://me@127.0.0.1:9/costs"],
    "other transcripts": ["config", "set", "ledger.claude_dirs", "[]"],
    "without us": ["uninstall", "--yes"],
    "without us or the ledger": ["uninstall", "--purge", "--yes"],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("ledger")
def test_under_a_cap_only_a_person_does_it(
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Started from within the client it is refused, and nothing is changed by it."""
    for name in ("folder", "other"):
        (tmp_path / name).mkdir()
    assert main(["backup", str(tmp_path / "kept.db")]) == 0
    assert main(["sync", str(tmp_path / "folder"), "--share", "0.5"]) == 0
    assert main(["cap", "set", "5"]) == 0
    config = Path(paths.config_file({"CHEAPROUTE_HOME": str(tmp_path / "data")}))
    before = config.read_bytes()
    capsys.readouterr()
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main([word.format(tmp=tmp_path) for word in WAYS[way]]) == 1
    assert "only you can allow more" in capsys.readouterr().err
    assert config.read_bytes() == before
    assert not (tmp_path / "elsewhere").exists()
    assert not list((tmp_path / "data").glob("ledger.db.*"))


def test_without_a_cap_a_script_may(
    ledger: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held, so nothing can be loosened; nor is a smaller share a loosening."""
    del ledger
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["sync", str(tmp_path / "folder"), "--share", "0.5"]) == 0
    assert main(["sync", "--share", "0.4"]) == 0
    assert main(["sync", "--leave"]) == 0


SETTINGS = {
    "digest.outside_project": "true",
    "digest.kinds": '["log", "code"]',
    "models.haiku": "claude-opus-5-5",
    "models.opus": "claude-haiku-5-5",
    "delegate.backend": "claude",
    "routing.main": "auto",
    "routing.max_unsafe": "1.0",
    "routing.agents.Plan": "haiku",
    "routing.categories.review": "haiku",
    "routing.keep_explicit": "false",
    "routing.allow_upgrade": "true",
    "routing.explore": "true",
    "routing.guide_opus": "true",
    "plan.cold_return": "always",
    "plan.handover": "haiku",
    "plan.keep_warm": "9",
    "plan.keep_warm_usd": "100",
    "sync.projects": "true",
    "billing": "plan",
}


@pytest.mark.parametrize("key", SETTINGS)
@pytest.mark.usefixtures("ledger")
def test_what_is_sent_and_paid_for_is_a_person_s_to_set(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a cap or without one; a person may."""
    config = Path(paths.config_file({"CHEAPROUTE_HOME": str(tmp_path / "data")}))
    monkeypatch.setenv("CLAUDECODE", "1")
    for words in (["set", key, SETTINGS[key]], ["unset", key]):
        assert main(["config", *words]) == 1
        assert "only you can allow more" in capsys.readouterr().err
    assert not config.exists()
    monkeypatch.delenv("CLAUDECODE")
    assert main(["config", "set", key, SETTINGS[key]]) == 0


def test_no_program_of_a_models_choice_writes_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`config edit` starts whatever EDITOR names: from within a session it starts nothing."""
    monkeypatch.setenv("EDITOR", f"touch {tmp_path}/ran")
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["config", "edit"]) == 1
    assert "only you can allow more" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()
    monkeypatch.delenv("CLAUDECODE")
    assert main(["config", "edit"]) == 0
    assert (tmp_path / "ran").exists()


@pytest.mark.usefixtures("ledger")
def test_what_stops_more_is_anybody_s_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`block` is the tightest of `at_cap` whatever stood there; the way back is a person's."""
    assert main(["config", "set", "cap.at_cap", "warn"]) == 0
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["config", "set", "cap.at_cap", "block"]) == 0
    for words in (["set", "cap.at_cap", "cheap"], ["unset", "cap.at_cap"]):
        assert main(["config", *words]) == 1
        assert "only you can allow more" in capsys.readouterr().err


@pytest.mark.parametrize(("key", "value"), [("cap.at_cap", "blok"), ("cap.day_usd", "-1")])
def test_what_is_no_value_is_said_to_be_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    """Whoever asks: nothing is allowed by it."""
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["config", "set", key, value]) == 1
    said = capsys.readouterr().err
    assert "must be " in said
    assert "only you" not in said


def test_what_a_script_is_told_to_write_does_take_the_cap_away(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`cap unset` without a terminal: the line in config.toml that it names holds at once."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=7 * NANO)
    assert main(["cap", "set", "5"]) == 0
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["cap", "unset"]) == 1
    said = capsys.readouterr().err
    found = re.search(
        r"or write `(month_usd = \d+)` \(as good as none\) under \[cap\] in (\S+)", said
    )
    assert found, said
    Path(found[2]).write_text(f"[cap]\n{found[1]}\n")
    assert main(["cap", "--json"]) == 0
    assert not json.loads(capsys.readouterr().out)["month"]["reached"]
