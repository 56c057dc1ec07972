"""The ledger's file."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cheaproute import kinds
from cheaproute.errors import LedgerError
from cheaproute.ledger import migrate, schema, store

if TYPE_CHECKING:
    from pathlib import Path

ADD = """INSERT INTO call(id, ts_ms, day, model, source, session, cost_nano)
VALUES(?, 0, ?, 1, 0, 3, ?)"""


def test_a_new_ledger_is_private_and_current(tmp_path: Path) -> None:
    """Directory 0700, file 0600, WAL, all migrations run."""
    path = tmp_path / "new" / "ledger.db"
    with closing(store.connect(str(path))) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_totals_follow_every_change_of_a_call(tmp_path: Path) -> None:
    """`daily` and `spent` are what the calls add up to, unknown prices counted apart."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        db.execute(ADD, ("a", 20_414, 5))
        db.execute(ADD, ("b", 20_414, None))
        db.execute(ADD, ("c", 20_415, 7))
        assert dict(db.execute("SELECT period, cost_nano FROM spent")) == {
            "month:2025-11": 12,
            "day:20414": 5,
            "day:20415": 7,
            "session:3": 12,
        }
        assert db.execute(
            "SELECT unpriced FROM spent WHERE period = 'month:2025-11'"
        ).fetchone() == (1,)
        db.execute("DELETE FROM call WHERE id = 'c'")
        assert db.execute("SELECT sum(calls), sum(cost_nano) FROM daily").fetchone() == (2, 5)


def test_triggers_of_others_are_replaced_by_ours(tmp_path: Path) -> None:
    """Where one was dropped, and another takes each call away again, calls count all the same."""
    path = str(tmp_path / "ledger.db")
    with closing(store.connect(path)) as db:
        db.execute("DROP TRIGGER call_added")
        db.execute('CREATE TRIGGER "z""z" AFTER INSERT ON call BEGIN DELETE FROM call; END')
        db.execute("CREATE VIEW z AS SELECT * FROM call")
        assert not schema.keeps_sums(db)
    with closing(store.connect(path)) as db:
        assert schema.keeps_sums(db)
        assert db.mended
        db.execute(ADD, ("a", 20_414, 5))
        assert db.execute("SELECT cost_nano FROM spent").fetchall() == [(5,)] * 3


def test_a_link_in_place_of_the_ledger_is_refused(tmp_path: Path) -> None:
    """The ledger is never followed out of its directory."""
    (tmp_path / "elsewhere").write_bytes(b"")
    os.symlink(tmp_path / "elsewhere", tmp_path / "ledger.db")
    with pytest.raises(LedgerError, match="not a regular file"):
        store.connect(str(tmp_path / "ledger.db"))


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    """An older cheaproute does not touch what a newer one wrote."""
    path = str(tmp_path / "ledger.db")
    with closing(store.connect(path)) as db:
        db.execute("UPDATE meta SET value = '999' WHERE key = 'works_with'")
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(LedgerError, match="update the plugin"):
        store.connect(path)


def test_a_foreign_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """What is not SQLite is named and left as it is."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database, but long enough to look at" * 10)
    with pytest.raises(LedgerError, match="run `cheaproute rebuild`"):
        store.connect(str(path))
    assert path.read_bytes().startswith(b"not a database")


def test_a_directory_others_may_write_to_is_closed(tmp_path: Path) -> None:
    """Nobody else can put a file beside the ledger for SQLite to open."""
    place = tmp_path / "data"
    place.mkdir()
    place.chmod(0o777)
    with closing(store.connect(str(place / "ledger.db"))):
        assert stat.S_IMODE(place.stat().st_mode) == 0o755


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_another_users_directory_is_refused(tmp_path: Path) -> None:
    """A ledger is not kept where its directory's owner could replace it."""
    place = tmp_path / "data"
    place.mkdir()
    os.chown(place, 12_345, -1)
    with pytest.raises(LedgerError, match="belongs to another user"):
        store.connect(str(place / "ledger.db"))


def log_size(path: str) -> int:
    """Bytes of the write-ahead log of the ledger at `path`."""
    return os.path.getsize(path + "-wal")


def test_a_grown_log_is_carried_over_by_who_does_not_close(tmp_path: Path) -> None:
    """Small logs are left alone, so that a hook does not wait for the disk; large ones are not."""
    path = str(tmp_path / "ledger.db")
    with closing(store.connect(path)) as db:
        db.execute(ADD, ("a", 20_414, 5))
        store.tidy(db, path)
        assert 0 < log_size(path) < store.LOG_BYTES
        db.execute("INSERT INTO meta VALUES('big', ?)", ("x" * store.LOG_BYTES,))
        store.tidy(db, path)
        assert log_size(path) == 0


def test_a_log_that_is_being_read_is_left_to_the_next(tmp_path: Path) -> None:
    """Another process in the middle of a query is not waited for, and sees no change."""
    path = str(tmp_path / "ledger.db")
    with closing(store.connect(path)) as db, closing(store.connect(path)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT * FROM meta").fetchall()
        db.execute("INSERT INTO meta VALUES('big', ?)", ("x" * store.LOG_BYTES,))
        store.tidy(db, path)
        assert log_size(path) > store.LOG_BYTES
        assert reader.execute("SELECT * FROM meta").fetchall() == before


def test_a_migration_that_is_missing_is_no_fault_of_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An incomplete checkout is said as one, with the file's name, for a new ledger and an old."""
    path = str(tmp_path / "ledger.db")
    for _ in range(2):
        with monkeypatch.context() as newer:
            newer.setattr(schema, "VERSION", 99)
            with pytest.raises(LedgerError) as raised:
                store.connect(path)
        assert kinds.of(raised.value, path) == kinds.IN_PIECES
        assert str(raised.value).startswith("this copy of the plugin is not whole: ")
        assert f"{schema.VERSION + 1:04d}.sql is missing: install it again" in str(raised.value)
        assert "CHEAPROUTE_HOME" not in str(raised.value)
        store.connect(path).close()


@pytest.mark.parametrize("size", [0, 400])
def test_a_migration_that_is_cut_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Its ledger would lack tables for good: it stays as it was until the file is whole."""
    path, folder = str(tmp_path / "ledger.db"), tmp_path / "migrations"
    shutil.copytree(os.path.join(os.path.dirname(migrate.__file__), "migrations"), folder)
    last = folder / f"{schema.VERSION:04d}.sql"
    whole = last.read_bytes()
    last.write_bytes(whole[:size])
    monkeypatch.setattr(migrate, "__file__", str(tmp_path / "migrate.py"))
    with pytest.raises(LedgerError, match=last.name):
        store.connect(path)
    last.write_bytes(whole)
    store.connect(path).execute("SELECT * FROM turn_choice").connection.close()


def test_any_file_of_ours_that_is_missing_is_told_from_one_of_the_user_s(tmp_path: Path) -> None:
    """By where it lies."""
    ours = os.path.join(os.path.dirname(migrate.__file__), "none.json")
    for path, kind in ((ours, kinds.IN_PIECES), (str(tmp_path / "none"), kinds.NO_PLACE)):
        with pytest.raises(FileNotFoundError) as raised:
            open(path, encoding="utf-8")  # noqa: SIM115
        assert kinds.of(raised.value) == kind
