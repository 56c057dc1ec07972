"""A ledger copied, put back, copied by hand, and of another version: understood, or one line."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from tests.faults.box import Box
from tests.faults.conftest import box as box  # noqa: PLC0414


@pytest.fixture
def inside(box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    """The command line in the box's environment."""
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)
    return box


def calls(path: Path) -> int:
    """How many calls a ledger holds."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM call").fetchone()[0])


def test_a_backup_is_whole_while_sessions_write(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What still stands in the write-ahead log is in it; the file is the user's alone."""
    copy = tmp_path / "copy.db"
    with closing(store.connect(str(inside.ledger))) as session:
        session.execute("PRAGMA wal_autocheckpoint = 0")
        session.execute("UPDATE session SET last_ms = last_ms + 1")
        assert main(["backup", str(copy)]) == 0
    assert calls(copy) == calls(inside.ledger) == 2
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("copy.db-*"))
    assert main(["backup", str(copy)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["backup", str(copy), "--force"]) == 0


def test_a_copy_put_back_is_read_on(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The calls since are counted again, the limits of today hold, and nothing is thrown away."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    inside.call_api()
    inside.hook("stop")
    with closing(store.connect(str(inside.ledger))) as db:
        db.execute("INSERT OR REPLACE INTO cap VALUES('month', 5000000000, 'command', 1)")
    assert calls(inside.ledger) == 3
    session = sqlite3.connect(inside.ledger)  # one that is open meanwhile
    session.execute("SELECT 1 FROM call").fetchone()
    assert main(["restore", str(copy)]) == 1
    assert calls(inside.ledger) == 3
    assert main(["restore", str(copy), "--yes"]) == 0
    session.close()
    assert "2 calls put back, 1 new or completed since" in capsys.readouterr().out
    assert inside.exact()
    with closing(sqlite3.connect(inside.ledger)) as db:
        limit = db.execute("SELECT limit_nano FROM cap WHERE period = 'month'").fetchone()
    assert limit == (5_000_000_000,)
    (aside,) = inside.data.glob("ledger.db.aside-*[0-9]")
    assert calls(aside) == 3


@pytest.mark.parametrize("what", ["nothing", "text", "another", "newer", "itself", "cut"])
def test_what_is_no_copy_is_refused(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """One line, and the ledger is as it was."""
    path = tmp_path / "copy.db"
    if what == "text":
        path.write_text("no ledger\n" * 100)
    elif what == "another":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE x(y)")
    elif what == "newer":
        assert main(["backup", str(path)]) == 0
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 999")
    elif what == "itself":
        path = inside.ledger
    elif what == "cut":
        assert main(["backup", str(path)]) == 0
        os.truncate(path, path.stat().st_size // 2)
    capsys.readouterr()
    assert main(["restore", str(path), "--yes"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert inside.exact()


def test_a_copy_by_hand_over_an_open_ledger_is_found_and_mended(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log of the other ledger stays beside it: doctor says what is wrong, `rebuild` mends."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    with closing(store.connect(str(inside.ledger))) as session:
        session.execute("PRAGMA wal_autocheckpoint = 0")
        for _ in range(40):
            inside.call_api()
            inside.hook("stop")
        shutil.copy(copy, inside.ledger)
    assert main(["rebuild"]) == 0
    assert inside.exact()
    capsys.readouterr()
    main(["doctor"])
    assert "damaged" not in capsys.readouterr().out


def test_rebuild_is_for_a_damaged_ledger(
    inside: Box, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is the locks, nothing is set aside, and the cure is said."""
    (inside.data / "locks.failed").write_text("")
    monkeypatch.setattr("cheaproute.ledger.locks.work", lambda _: False)
    assert main(["rebuild"]) == 1
    assert "file locks do not work here" in capsys.readouterr().err
    assert not list(inside.data.glob("*.aside-*"))
