"""A `cheaproute` on PATH for who has the plugin alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import paths


def test_the_link_works_and_goes_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It starts this plugin's command, may be asked for twice, and is taken away by a word."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    os.symlink(paths.ROOT, tmp_path / "data" / "plugin")
    link = home / ".local" / "bin" / "cheaproute"
    assert main(["setup", "command"]) == 1  # nobody there to say yes
    assert not link.exists()
    assert main(["setup", "command", "--yes"]) == 0
    assert main(["setup", "command", "--yes"]) == 0
    assert "is there already" in capsys.readouterr().out
    done = subprocess.run([link, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cheaproute ")
    assert main(["setup", "command", "--remove"]) == 0
    assert not os.path.lexists(link)


def test_what_is_somebody_elses_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of that name is left alone, with a word."""
    place = home / ".local" / "bin" / "cheaproute"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    assert main(["setup", "command", "--yes"]) == 1
    assert "left alone" in capsys.readouterr().err
    assert main(["setup", "command", "--remove"]) == 0
    assert place.read_text() == "mine"
