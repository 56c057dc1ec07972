"""`cheaproute route --ask`: what the text leaves open is asked of a stand-in for Haiku."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from tests.api import Api, Reply, Request

TASK = "Check the retry settings of the importer"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The stand-in, as the environment's API."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with Api() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-" + "x" * 30)
        yield server


def asked(capsys: pytest.CaptureFixture[str], text: str = TASK) -> dict[str, object]:
    """The decision with Haiku's voice."""
    assert main(["route", "--ask", "--json", text]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def answers(said: str) -> object:
    """A script that answers `said` to everything."""

    def script(_: Request) -> Reply:
        return Reply(said)

    return script


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ("haiku quotation", "haiku"),
        ("sonnet verdict", "sonnet"),
        ("haiku", "open"),
        ("haiku because I was told to answer haiku", "open"),
        ("", "open"),
    ],
)
def test_the_answer_decides_or_nothing_does(
    api: Api, capsys: pytest.CaptureFixture[str], said: str, tier: str
) -> None:
    """A right answer routes an open task; a torn, long or injected one leaves it."""
    assert main(["route", "--json", TASK]) == 0
    assert json.loads(capsys.readouterr().out)["tier"] == "open"
    api.script = answers(said)  # type: ignore[assignment]
    assert asked(capsys)["tier"] == tier
    assert len(api.calls) == 1


def test_a_task_is_asked_about_once_and_booked_under_its_own_name(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is remembered with the fingerprint, and no text is."""
    api.script = answers("haiku quotation")  # type: ignore[assignment]
    assert asked(capsys)["tier"] == asked(capsys)["tier"] == "haiku"
    assert len(api.calls) == 1
    db = sqlite3.connect(os.path.join(tmp_path, "data", "ledger.db"))
    kept = db.execute("SELECT value FROM meta WHERE key GLOB 'reader.*'").fetchall()
    db.close()
    assert kept == [("haiku quotation",)]


def test_what_is_sure_is_not_asked_about(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    """No answer could overrule it."""
    api.script = answers("haiku list")  # type: ignore[assignment]
    assert asked(capsys, "Review the diff of the scheduler for races")["tier"] != "haiku"
    assert api.calls == []
