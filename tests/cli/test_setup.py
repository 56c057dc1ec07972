"""`cheaproute setup`: the environment on demand, and the status line in Claude Code's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config.venv import build
from tests.conftest import ROOT


@pytest.fixture
def plugin(home: Path) -> Path:
    """The link that a build leaves in the data directory."""
    data = home / ".local" / "share" / "cheaproute"
    data.mkdir(parents=True)
    (data / "plugin").symlink_to(ROOT)
    (data / "interpreter").write_text(f"{sys.base_prefix}/bin/python3\n")
    return data / "plugin"


def settings(home: Path) -> Path:
    """Claude Code's user settings."""
    (home / ".claude").mkdir(exist_ok=True)
    return home / ".claude" / "settings.json"


def test_setup_builds_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a word it builds, telling each step on stderr."""
    monkeypatch.setattr(build, "build", lambda _env, say, **_: say("a step"))
    assert main(["setup"]) == 0
    out, err = capsys.readouterr()
    assert err == "cheaproute: a step\n"
    assert out.startswith("ready: ")


@pytest.mark.usefixtures("plugin")
def test_the_status_line_is_put_up_beside_what_is_there(home: Path) -> None:
    """Only one key is added; the command it names prints a line, and goes away again."""
    path = settings(home)
    path.write_text('{"model": "opus", "env": {"Ä": "ö"}}')
    path.chmod(0o600)
    assert main(["setup", "statusline", "--yes"]) == 0
    content = json.loads(path.read_text())
    line = content.pop("statusLine")
    command = line["command"]
    assert line["refreshInterval"] == 10  # what is counted after an answer is shown without a turn
    assert content == {"model": "opus", "env": {"Ä": "ö"}}
    assert path.stat().st_mode & 0o777 == 0o600
    event = '{"session_id": "s", "model": {"display_name": "Opus 5.5"}}'
    shown = subprocess.run(
        ["sh", "-c", command],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        input=event,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "Opus 5.5\n"

    assert main(["setup", "statusline", "--remove"]) == 0
    assert json.loads(path.read_text()) == {"model": "opus", "env": {"Ä": "ö"}}


@pytest.mark.usefixtures("plugin")
def test_a_status_line_of_another_is_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is neither replaced nor removed; the user is told what to call from it."""
    path = settings(home)
    text = '{"statusLine": {"type": "command", "command": "mine.sh"}}'
    path.write_text(text)
    assert main(["setup", "statusline"]) == 1
    assert "another status line is set (mine.sh)" in capsys.readouterr().err
    assert main(["setup", "statusline", "--remove"]) == 0
    assert path.read_text() == text


@pytest.mark.usefixtures("plugin")
def test_settings_that_are_no_json_are_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be read is not written either."""
    path = settings(home)
    path.write_text("{,}")
    assert main(["setup", "statusline"]) == 1
    assert f"{path}: not a JSON object" in capsys.readouterr().err
    assert path.read_text() == "{,}"


def test_remove_without_statusline_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The environment is removed by install.sh, which the message says."""
    assert main(["setup", "--remove"]) == 2
    assert "install.sh --uninstall" in capsys.readouterr().err
