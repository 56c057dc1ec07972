from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import intern, store
from tests import ledgers
from tests.conftest import ROOT
from tests.hook.test_statusline import PIPED, UUID

OTHERS = '{\r\n\t"model":  "opus", "odd" : "\\u00e9",\r\n\t"env": {"A": "1"}\r\n}'


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Claude Code's settings.json; our data lies in a directory with a space in its name."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(home / "our data"))
    (home / "our data").mkdir(mode=0o700)
    (home / "our data" / "plugin").symlink_to(ROOT)
    (home / "our data" / "interpreter").write_text(f"{sys.base_prefix}/bin/python3\n")
    (home / ".claude").mkdir()
    return home / ".claude" / "settings.json"


def test_the_line_against_the_cap(settings: Path, home: Path) -> None:
    """What is written is a command that a shell runs, through a path with a space in it."""
    assert main(["setup", "statusline", "--yes"]) == 0
    setting = json.loads(settings.read_text())["statusLine"]
    db = store.connect(str(home / "our data" / "ledger.db"))
    ledgers.set_cap(db, 40)
    intern.take_up(db, UUID, 1)
    db.close()
    done = subprocess.run(
        ["/bin/sh", "-c", setting["command"]],
        input=PIPED,
        capture_output=True,
        env=os.environ,
        check=True,
    )
    assert done.stdout.decode().startswith(
        "Opus 5.5 · session $0.00 · today $0.00 · month $0.00 of"
    )
    assert done.stderr == b""


def test_every_other_byte_stays(settings: Path) -> None:
    """Order, blanks, escapes and line ends of the rest are kept, and undo restores the file."""
    settings.write_bytes(OTHERS.encode())
    assert main(["setup", "statusline", "--yes"]) == 0
    written = settings.read_bytes().decode()
    start, end = OTHERS[: OTHERS.rindex("}")].rstrip(), OTHERS[len(OTHERS.rstrip("}").rstrip()) :]
    assert written.startswith(start)
    assert written.endswith(end)
    assert json.loads(written)["model"] == "opus"
    assert main(["setup", "statusline", "--remove"]) == 0
    assert settings.read_bytes() == OTHERS.encode()


def test_undo_keeps_what_was_changed_since(settings: Path) -> None:
    """Another setting written in the meantime survives the undo."""
    settings.write_text('{"a": 1}')
    assert main(["setup", "statusline", "--yes"]) == 0
    settings.write_text(settings.read_text().replace('"a": 1', '"a": 2'))
    assert main(["setup", "statusline", "--remove"]) == 0
    assert json.loads(settings.read_text()) == {"a": 2}
    assert main(["setup", "statusline", "--remove"]) == 0


def test_nothing_without_the_word(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody can be asked nothing is written, and twice is once."""
    assert main(["setup", "statusline"]) == 1
    assert not settings.exists()
    assert main(["setup", "statusline", "--yes"]) == 0
    once = settings.read_bytes()
    assert main(["setup", "statusline", "--yes"]) == 0
    assert settings.read_bytes() == once
    assert "has it already" in capsys.readouterr().out
