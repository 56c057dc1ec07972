from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.errors import LedgerBusy
from cheaproute.ledger import store, transactions
from cheaproute.ledger.transactions import Immediate


def test_it_commits_and_rolls_back(db: sqlite3.Connection) -> None:
    """All of a block is kept, or on an error nothing."""
    with Immediate(db):
        db.execute("INSERT INTO meta VALUES('a', '1')")
    with contextlib.suppress(ZeroDivisionError), Immediate(db):
        db.execute("INSERT INTO meta VALUES('b', '1')")
        _ = 1 / 0
    assert db.execute("SELECT key FROM meta WHERE key IN ('a', 'b')").fetchall() == [("a",)]


def test_inside_another_it_is_part_of_that_one(db: sqlite3.Connection) -> None:
    """The outer block decides; the inner one neither begins nor ends anything."""
    with contextlib.suppress(KeyError), Immediate(db):
        with Immediate(db):
            db.execute("INSERT INTO meta VALUES('a', '1')")
        assert db.in_transaction
        raise KeyError
    assert db.execute("SELECT key FROM meta WHERE key = 'a'").fetchall() == []


def test_it_waits_for_another_writer(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A lock held for a moment is waited for; the connection's own patience stays as it was."""
    path = str(tmp_path / "data" / "ledger.db")
    patience = db.execute("PRAGMA busy_timeout").fetchone()
    held = threading.Event()

    def hold() -> None:
        with closing(store.connect(path)) as other, Immediate(other):
            held.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with Immediate(db):
        db.execute("INSERT INTO meta VALUES('a', '1')")
    thread.join()
    assert db.execute("PRAGMA busy_timeout").fetchone() == patience


def test_it_does_not_wait_for_ever(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A writer that never ends is an error after a while, which a hook survives."""
    with (
        closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as other,
        Immediate(other),
        pytest.raises(LedgerBusy, match="busy with other sessions"),
    ):
        transactions.begin(db, wait_s=0.05)
