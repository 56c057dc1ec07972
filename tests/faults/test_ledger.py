"""What can be wrong with the ledger leaves the session alone, and heals when it is put right."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cheaproute.ledger import migrate, schema, store
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.faults.box import HOOKS, Box, mounted, remount

# Those that answer here when all is well.
TALKERS = {"session_start", "pre_tool_use", "post_tool_use"}


def all_hooks(box: Box) -> dict[str, object]:
    """Every hook once; what was answered."""
    answers = {}
    for hook in HOOKS:
        box.call_api()
        answers[hook] = box.hook(hook)
    return {hook: answer for hook, answer in answers.items() if answer and not told(answer)}


def told(answer: dict[str, object] | None) -> bool:
    """Whether all that is said is, once a session, that new calls could not be counted."""
    said = str((answer or {}).get("systemMessage", ""))
    return set(answer or ()) == {"systemMessage"} and "could not be counted" in said


def corrupt(box: Box) -> None:
    """Overwrite the middle of the file."""
    with box.ledger.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(box.ledger.stat().st_size - 100))


def not_a_database(box: Box) -> None:
    """Another file in its place."""
    box.ledger.write_bytes(b"these are not the pages of a database\n" * 200)


def newer(box: Box) -> None:
    """As a later version would leave it that does more than add."""
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        db.execute("UPDATE meta SET value = '999' WHERE key = 'works_with'")
        db.commit()
        db.execute("PRAGMA user_version = 999")


def foreign(box: Box) -> None:
    """Another user's file."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(box.ledger, 12_345, -1)


def a_link(box: Box) -> None:
    """A link to somewhere else."""
    box.ledger.rename(box.home / "elsewhere.db")
    box.ledger.symlink_to(box.home / "elsewhere.db")


def a_directory(box: Box) -> None:
    """A directory."""
    box.ledger.unlink()
    box.ledger.mkdir()


FAULTS: dict[Callable[[Box], None], str] = {
    corrupt: "malformed|not a database",
    not_a_database: "not a database",
    newer: "update the plugin",
    foreign: "belongs to another user",
    a_link: "not a regular file",
    a_directory: "not a regular file",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_ledger_that_cannot_be_used(box: Box, fault: Callable[[Box], None]) -> None:
    """Silence from every hook, a line in the log, a finding of doctor's; without it all heals."""
    for path in box.data.glob("ledger.db-*"):
        path.unlink()
    fault(box)
    answers = all_hooks(box)
    assert set(answers) <= TALKERS
    words = FAULTS[fault].split("|")
    assert any(word in box.log() for word in words), box.log()
    said = box.doctor()
    assert "FAULT" in said
    assert any(word in said for word in words), said
    subprocess.run(["rm", "-rf", str(box.ledger)], check=True)
    for path in box.data.glob("ledger.db-*"):
        path.unlink()
    box.hook("stop")
    assert box.exact()


def test_an_empty_ledger_is_filled(box: Box) -> None:
    """A file of no bytes, as a crash at its birth leaves it, is a new ledger."""
    for path in box.data.glob("ledger.db*"):
        path.unlink()
    box.ledger.touch()
    box.hook("post_tool_batch")
    assert box.exact()


@pytest.mark.parametrize("left", ["", "-wal", "-shm"])
def test_a_ledger_deleted_in_mid_session(box: Box, left: str) -> None:
    """It is made anew from the transcripts that are there, whatever of it was left lying."""
    box.call_api()
    box.hook("post_tool_batch")
    for path in box.data.glob("ledger.db*"):
        if not left or not path.name.endswith(left):
            path.unlink()
    box.call_api()
    box.hook("post_tool_batch")
    assert box.exact()


def test_a_locked_ledger_costs_no_more_than_the_budget(box: Box) -> None:
    """Another process that holds the lock is waited for, not for long; its end heals all."""
    box.call_api()
    with contextlib.closing(sqlite3.connect(box.ledger, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert told(box.hook("post_tool_batch"))
        assert box.hook("post_tool_batch") is None
        assert "the ledger is busy" in box.log()
        db.execute("ROLLBACK")
    box.hook("post_tool_batch")
    assert box.exact()


def test_fail_closed_says_so(box: Box) -> None:
    """Where the user wants it, a ledger that cannot be read stops the spending, at each gate."""
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('on_error = "closed"\n')
    for path in box.data.glob("ledger.db-*"):
        path.unlink()
    not_a_database(box)
    box.damaged = True
    answers = all_hooks(box)
    gates = {"pre_tool_use", "post_tool_batch", "user_prompt_submit", "stop", "subagent_stop"}
    assert "nothing is counted, and a cap is held to its own calls alone" in str(
        answers.pop("session_start")
    )
    answers.pop("post_tool_use")  # that a run of Haiku failed is seen without a ledger, too
    assert set(answers) == gates
    assert all("cheaproute doctor" in str(answer) for answer in answers.values())


@pytest.mark.parametrize("free_kb", [0, 4, 16, 48])
def test_a_full_disk(box: Box, free_kb: int, tmp_path: Path) -> None:
    """No room for the write: nothing is half-written, nothing said; with room again all is in."""
    kept = tmp_path / "kept"
    box.data.rename(kept)
    with mounted(box.data, "size=1m,mode=700"):
        for path in kept.iterdir():
            (box.data / path.name).write_bytes(path.read_bytes())
            (box.data / path.name).chmod(0o600)
        with (box.data / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        with (box.data / "filler").open("r+b") as filler:
            filler.truncate(max(0, (box.data / "filler").stat().st_size - free_kb * 1024))
        assert set(all_hooks(box)) <= TALKERS
        (box.data / "filler").unlink()
        box.call_api()
        box.hook("stop")
        assert box.exact()


def test_a_full_disk_from_the_start(tmp_path: Path) -> None:
    """Not even the ledger can be made: silence; later it is made."""
    with mounted(tmp_path / "home", "size=64k"):
        box = Box(tmp_path)
        box.call_api()
        with (box.home / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(512))
        assert box.hook("post_tool_batch") is None
        (box.home / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=4m", str(box.home)], check=True)
        box.hook("post_tool_batch")
        assert box.exact()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_read_only_home(tmp_path: Path, when: str) -> None:
    """Nothing can be kept, nothing is said; writable again, all is counted."""
    with mounted(tmp_path / "home", "size=8m"):
        box = Box(tmp_path)
        box.call_api()
        if when == "after":
            box.hook("post_tool_batch")
        remount(box.home, "ro")
        for hook in HOOKS:
            assert box.hook(hook) is None or hook in TALKERS
        assert "FAULT" in box.doctor()
        remount(box.home, "rw")
        box.call_api()
        box.hook("post_tool_batch")
        assert box.exact()


PLAIN = "CREATE TABLE added(x INTEGER);\nINSERT OR REPLACE INTO meta VALUES('works_with', '99');\n"
# What a migration says that only adds: code that knows so many migrations may go on.
GENTLE = PLAIN.replace("99", str(schema.VERSION))


@pytest.mark.parametrize("migration", [PLAIN, GENTLE], ids=["plain", "gentle"])
def test_an_upgrade_with_a_session_running(
    box: Box, monkeypatch: pytest.MonkeyPatch, migration: str
) -> None:
    """The session's older hooks meet the newer ledger: nothing is lost or counted twice.

    They go on where the newer one says that they may; else they are silent until it is restarted,
    and the newer one counts what they could not.
    """
    with monkeypatch.context() as newer:
        released = migrate.migration
        newer.setattr(schema, "VERSION", last := schema.VERSION + 1)
        newer.setattr(migrate, "migration", lambda n: migration if n == last else released(n))
        # A hook of the old version, in the middle of its work.
        with contextlib.closing(sqlite3.connect(box.ledger)) as running:
            running.execute("SELECT count(*) FROM call").fetchone()
            with contextlib.closing(store.connect(str(box.ledger))) as db:
                assert db.execute("SELECT count(*) FROM added").fetchone() == (0,)
            assert running.execute("SELECT count(*) FROM call").fetchone() == (2,)
        box.call_api()
        answer = box.hook("post_tool_batch")
        assert answer is None if migration == GENTLE else told(answer)
        assert box.exact() == (migration == GENTLE)
        assert ("update the plugin" in box.log()) == (migration == PLAIN)
        with contextlib.closing(store.connect(str(box.ledger))) as db:
            ingest.meter(db, str(box.transcript), 0, prices.load())
    assert box.exact()


def test_an_older_ledger_is_migrated_by_the_first_hook_only(tmp_path: Path) -> None:
    """Many hooks that find an old ledger at once: one migrates, all count."""
    box = Box(tmp_path)
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        db.execute("PRAGMA journal_mode = WAL")  # version 0: made, but empty
    box.call_api(3)
    hooks = [box.start("post_tool_batch") for _ in range(6)]
    for hook in hooks:
        assert hook.communicate(box.event("post_tool_batch"), timeout=60) == (b"", b"")
    assert box.exact()
    assert box.log() == ""
