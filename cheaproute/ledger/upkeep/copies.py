"""The ledger copied out whole while sessions write to it, and a copy put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager

from cheaproute import atomic, kinds
from cheaproute.errors import LedgerError
from cheaproute.ledger import read_only, schema, store
from cheaproute.ledger.transactions import Immediate

# The limits that hold now: an older copy does not lower or lift them.
_LIMITS = (("cap", ""), ("meta", " WHERE key LIKE 'cap.%'"))


def backup(db: sqlite3.Connection, path: str) -> int:
    """Write all of the ledger to the new file `path` (0600), what is in its log included; its size.

    Raises:
        LedgerError: it cannot be written.
    """

    def fill(aside: str) -> None:
        with closing(sqlite3.connect(aside)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")

    try:
        atomic.replace(path, fill)
    except (OSError, sqlite3.Error) as error:
        raise kinds.ledger(error, path) from error
    return os.stat(path).st_size


@contextmanager
def reading(path: str) -> Iterator[sqlite3.Connection]:
    """The ledger at `path` for reading alone: as a copy, where locks do not work or one is held."""
    with closing(sqlite3.connect(read_only.uri(os.path.abspath(path)), uri=True, timeout=1)) as db:
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            if kinds.of(error) not in (kinds.BUSY, kinds.NO_LOCKS):
                raise
        else:
            yield db
            return
    with tempfile.TemporaryDirectory(prefix="cheaproute-") as place:
        copy = os.path.join(place, "ledger.db")
        shutil.copyfile(path, copy)
        if os.path.exists(path + "-wal"):
            shutil.copyfile(path + "-wal", copy + "-wal")
        with closing(sqlite3.connect(copy)) as db:
            yield db


def check(path: str) -> int:
    """How many calls the copy at `path` holds.

    Raises:
        LedgerError: it is no whole ledger, or a newer cheaproute's.
    """
    try:
        with reading(path) as db:
            whole = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = db.execute("PRAGMA user_version").fetchone()[0]
            calls: int = db.execute("SELECT count(*) FROM call").fetchone()[0]
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"{path}: no ledger that could be put back: {error}") from error
    if whole != "ok":
        raise LedgerError(f"{path}: damaged, so it is not put back: {whole}")
    if version > schema.VERSION:
        raise LedgerError(f"{path}: of a newer version: update the plugin, then put it back")
    return calls


def restore(path: str, ledger: str, before: str) -> None:
    """Make the copy at `path` the ledger; the limits of the one set aside at `before` stay.

    Raises:
        LedgerError: it cannot be read or written.
    """
    with reading(path) as source:
        backup(source, ledger)
    with closing(store.connect(ledger)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        if before:
            _keep_limits(db, before)


def _keep_limits(db: sqlite3.Connection, before: str) -> None:
    try:
        with (
            reading(before) as old,
            Immediate(db),
        ):
            for table, where in _LIMITS:
                rows = old.execute(f"SELECT * FROM {table}{where}").fetchall()  # noqa: S608
                db.execute(f"DELETE FROM {table}{where}")  # noqa: S608
                marks = ", ".join("?" * len(rows[0])) if rows else ""
                if marks:
                    db.executemany(f"INSERT INTO {table} VALUES({marks})", rows)
    except sqlite3.Error:
        return  # the old one is damaged: that may be why it is replaced
