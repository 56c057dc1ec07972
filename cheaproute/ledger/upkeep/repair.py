"""A ledger that cannot be used, set aside (never deleted), and what can still be read of it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing

from cheaproute.errors import LedgerError
from cheaproute.ledger import store
from cheaproute.ledger.transactions import Immediate

# What no transcript tells; the calls too, for those of pruned transcripts stand nowhere else.
_TABLES = (
    "meta", "model", "project", "session", "file", "cost_state", "call", "copy", "cap", "alert",
    "dispatch", "digest", "turn", "tool",
)  # fmt: skip
_BESIDE = ("", "-wal", "-shm")


def is_sound(path: str) -> bool:
    """Whether the ledger at `path` opens and is whole; a missing one is."""
    if not os.path.lexists(path):
        return True
    try:
        with closing(store.connect(path)) as db:
            for table in (*_TABLES, "daily", "spent"):
                db.execute(f"SELECT 1 FROM {table} LIMIT 0")  # noqa: S608
            return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except (LedgerError, sqlite3.DatabaseError):
        return False


def set_aside(path: str, now_ms: int) -> str:
    """Rename the file at `path`, and what SQLite keeps beside it; the new name.

    Raises:
        OSError: it cannot be renamed.
    """
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now_ms // 1000))
    aside, number = f"{path}.aside-{stamp}", 1
    while os.path.lexists(aside):
        number += 1
        aside = f"{path}.aside-{stamp}-{number}"
    for ending in _BESIDE:
        if os.path.lexists(path + ending):
            os.rename(path + ending, aside + ending)
    return aside


def recover(db: sqlite3.Connection, aside: str) -> int:
    """Copy into the new ledger what can be read of the one set aside; how many rows.

    A row that cannot be read ends its table, not the others. Nothing is written to the old file.
    """
    rows = 0
    try:
        old = sqlite3.connect(store.uri(aside), uri=True)
    except sqlite3.DatabaseError:
        return 0
    with closing(old), Immediate(db):
        for table in _TABLES:
            rows += _copy(old, db, table)
    return rows


def _copy(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> int:
    rows = 0
    try:
        wanted = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
        columns = [name for name in wanted if name in there]
        if not columns:
            return 0
        listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
        insert = f"INSERT OR IGNORE INTO {table}({listed}) VALUES({marks})"
        for row in old.execute(f"SELECT {listed} FROM {table}"):  # noqa: S608
            rows += db.execute(insert, row).rowcount
    except sqlite3.DatabaseError:
        pass
    return rows
