"""Odd machines: quick, one line with the cure of its kind, and doctor survives and says it."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cheaproute import kinds
from cheaproute.config import paths
from cheaproute.errors import LedgerError
from cheaproute.ledger import locks, store
from tests.conftest import ROOT
from tests.faults import shims
from tests.faults.box import Box
from tests.faults.conftest import box as box  # noqa: PLC0414


@pytest.fixture(scope="module")
def nfs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library that makes every file lock fail as on an NFS without its lock daemon."""
    return shims.built(tmp_path_factory.mktemp("nfs"), "LOCKS", "EVERYWHERE")


def test_a_home_without_locks_is_waited_for_once(box: Box, nfs: str) -> None:
    """One hook finds out; the next ones are quick, the cap holds by old figures, doctor says it."""
    box.env["LD_PRELOAD"] = nfs
    first = time.monotonic()
    said = box.hook("session_start", source="startup")
    took = time.monotonic() - first
    assert "file locks do not work here" in str(said)
    assert "CHEAPROUTE_HOME" in str(said)
    assert locks.lacking(str(box.data))
    begun = time.monotonic()
    for event in ("user_prompt_submit", "post_tool_batch", "stop"):
        box.hook(event)
    assert (time.monotonic() - begun) / 3 < max(1.5, took)
    doctor = box.doctor()
    assert "file locks do not work here" in doctor
    assert "rebuild" not in doctor
    del box.env["LD_PRELOAD"]
    os.utime(box.data / "locks.failed", (0, 0))
    box.hook("stop")
    assert box.exact()
    assert not (box.data / "locks.failed").exists()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.EROFS, "x"), kinds.READ_ONLY),
        (OSError(errno.EACCES, "x"), kinds.NO_RIGHTS),
        (OSError(errno.ENOSPC, "x"), kinds.FULL),
        (OSError(errno.EDQUOT, "x"), kinds.FULL),
        (OSError(errno.ENOLCK, "x"), kinds.NO_LOCKS),
        (OSError(errno.ESTALE, "x"), kinds.DISK),
        (OSError(errno.ENAMETOOLONG, "x"), ""),
        (ValueError("x"), ""),
    ],
)
def test_the_kind_of_a_system_s_error(error: Exception, kind: str) -> None:
    """Each has its own words and its own cure; `rebuild` is for a damaged ledger alone."""
    assert kinds.of(error) == kind
    said = kinds.said(error, "/place")
    assert said.startswith("/place: ")
    assert "\n" not in said
    assert ("rebuild" in said) == (kind == kinds.CORRUPT)
    if kind:
        assert kinds.WORDS[kind][1] in said


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (11, "malformed", kinds.CORRUPT),
        (26, "file is not a database", kinds.CORRUPT),
        (13, "full", kinds.FULL),
        (15, "locking protocol", kinds.NO_LOCKS),
        (3850, "disk I/O error", kinds.NO_LOCKS),
        (5386, "disk I/O error", kinds.NO_LOCKS),
        (266, "disk I/O error", kinds.DISK),
        (5, "database is locked", kinds.BUSY),
        (517, "database is locked", kinds.BUSY),
        (1, 'near "UPDATE": syntax error', kinds.OLD_SQLITE),
        (1, "no such table: x", ""),
    ],
)
def test_the_kind_of_sqlite_s_error(code: int, text: str, kind: str) -> None:
    """By its code, not by its words."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    assert kinds.of(error) == kind
    assert isinstance(kinds.ledger(error, "/x"), LedgerError)
    assert kinds.ledger(error, "/x").kind == kind


@pytest.mark.parametrize(("free", "kind"), [(0, kinds.FULL), (1 << 20, kinds.NO_LOCKS)])
def test_a_log_whose_index_cannot_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, kind: str
) -> None:
    """On a full disk SQLite says of it what it says where no memory is shared."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = 4874
    room = SimpleNamespace(f_bavail=free, f_frsize=1)
    monkeypatch.setattr("os.statvfs", lambda _place: room)
    assert kinds.of(error, str(tmp_path / "ledger.db")) == kind


def test_doctor_survives_a_ledger_with_a_damaged_page(box: Box) -> None:
    """Whatever check reads it: every other finding is printed, and the cure is `rebuild`."""
    with store.connect(str(box.ledger)) as db:
        db.executescript("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = [
            row[0]
            for row in db.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'dispatch'")
        ]
    db.close()
    with box.ledger.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    box.damaged = True
    said = box.doctor()
    assert "FAULT" in said
    assert "the ledger is damaged" in said
    assert "-> run `cheaproute rebuild`" in said
    assert "subagents are routed" in said
    assert "Traceback" not in said


def test_findings_come_as_they_are_made(box: Box) -> None:
    """A check that never ends does not keep back what was found before it."""
    code = (
        "import time; from cheaproute.cli.doctor import command, runtime; "
        "command.CHECKS[1:] = [lambda _: time.sleep(60)]; "
        "from cheaproute.cli.doctor.finding import Finding; "
        "command.CHECKS[0] = lambda _: [Finding('ok', 'first')]; "
        "from cheaproute.cli.main import main; main(['doctor'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=box.env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ok     first\n"
        process.kill()
    process.wait()


def test_a_variable_that_is_no_path_is_named(box: Box) -> None:
    """Ignored, as the specification has it, and said by doctor."""
    box.env["XDG_DATA_HOME"] = "share"
    assert "XDG_DATA_HOME is no absolute path, so it is ignored: 'share'" in box.doctor()


def test_two_ledgers_are_noticed(box: Box, tmp_path: Path) -> None:
    """CHEAPROUTE_HOME in the shell alone: doctor names the other one, and one word makes it one."""
    other = tmp_path / "other"
    box.env["CHEAPROUTE_HOME"] = str(other)
    said = box.doctor()
    assert f"two ledgers: what is started without this shell's variables uses {box.data}" in said
    assert f"`cheaproute config set home {other}`" in said
    done = subprocess.run(
        [sys.executable, "-m", "cheaproute", "config", "set", "home", str(other)],
        cwd=ROOT,
        env=box.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    del box.env["CHEAPROUTE_HOME"]
    assert paths.data_dir(box.env) == str(other)
    assert "two ledgers" not in box.doctor()
    box.hook("stop")
    assert (other / "ledger.db").exists()


def test_a_config_file_that_is_wrong_is_said_at_the_start(box: Box) -> None:
    """Once a session, with its place; the settings before hold."""
    config = Path(paths.config_file(box.env))
    config.parent.mkdir(parents=True)
    config.write_text("[cap\n")
    said = box.hook("session_start", source="startup")
    assert f"{config}: not valid TOML" in json.dumps(said)
    assert "What held before holds" in json.dumps(said)


@pytest.mark.parametrize("home", [None, "/proc", "/nowhere/x"])
def test_where_nothing_can_be_written_it_is_said_once(
    box: Box, home: str | None, tmp_path: Path
) -> None:
    """No home, or one that cannot be made: the session's start says so, and why."""
    project = tmp_path / "project"
    project.mkdir()
    env = {"PATH": f"{sys.base_prefix}/bin:/usr/bin:/bin"}
    code = "import pwd\ndef gone(_): raise KeyError\npwd.getpwuid = gone\n"
    if home is not None:
        env["HOME"] = home
        code = ""
        if home == "/nowhere/x" and os.getuid() == 0:
            env["HOME"] = "/proc/1"
    event = {"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(project)}
    code += f"import sys; sys.path.insert(0, {ROOT!r}); from cheaproute.hook.main import run; "
    code = code.replace("; from", "\nfrom") + "\nrun('session_start', lambda: None)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env=env,
        cwd=project,
        input=json.dumps({**event, "source": "startup"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "nothing is counted, and a cap is held to its own calls alone" in done.stdout
    assert "HOME" in done.stdout
    assert list(project.iterdir()) == []
    assert box.data
