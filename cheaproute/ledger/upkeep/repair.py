"""A ledger that cannot be used, set aside (never deleted), and what can still be read of it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing

from cheaproute.days import DAY_MS
from cheaproute.errors import LedgerError
from cheaproute.ledger import meta, read_only, store
from cheaproute.ledger.schema import SINCE_DAY
from cheaproute.ledger.transactions import Immediate

# What no transcript tells; the calls too, for those of pruned transcripts stand nowhere else. The
# sums are made anew from the calls, but for those of calls that were dropped (`_totals`).
_TABLES = (
    "meta", "model", "project", "session", "file", "cost_state", "call", "copy", "cap", "alert",
    "dispatch", "judged", "digest", "turn", "tool", "call_row", "adopted", "uncounted",
    "choice", "turn_choice",
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
        old = sqlite3.connect(read_only.uri(aside), uri=True)
    except sqlite3.DatabaseError:
        return 0
    torn: set[str] = set()
    with closing(old), Immediate(db):
        for table in _TABLES:
            rows += _copy(old, db, table, torn)
        rows += _totals(old, db, torn)
    return rows


def _totals(old: sqlite3.Connection, db: sqlite3.Connection, torn: set[str]) -> int:
    """Copy the sums that stand for calls dropped since (`ledger.keep_days`); how many rows.

    Where no day of them can be read, what transcripts still tell of that time counts again.
    """
    since = int(meta.get(db, SINCE_DAY) or 0)
    if not since:
        return 0
    rows = _copy(old, db, "daily", torn, f"WHERE day < {since}")
    if "daily" in torn:  # from its other end up to what cannot be read
        rows += _copy(old, db, "daily", torn, f"WHERE day < {since} ORDER BY day DESC")
    if not db.execute("SELECT 1 FROM daily WHERE day < ? LIMIT 1", (since,)).fetchone():
        db.execute("DELETE FROM meta WHERE key = ?", (SINCE_DAY,))
        return rows
    if torn & {"call", "session"}:
        return rows  # a call that is read again must not be in its session's sum already
    begun = db.execute("SELECT id FROM session WHERE first_ms < ?", (since * DAY_MS,)).fetchall()
    db.executemany("DELETE FROM spent WHERE period = 'session:' || ?", begun)
    periods = ", ".join(f"'session:{session}'" for (session,) in begun)
    return rows + _copy(old, db, "spent", torn, f"WHERE period IN ({periods})")


def _copy(
    old: sqlite3.Connection, db: sqlite3.Connection, table: str, torn: set[str], which: str = ""
) -> int:
    """Copy the rows of `table` that can be read; it goes into `torn` if that is not all."""
    rows = 0
    try:
        wanted = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
        columns = [name for name in wanted if name in there]
        if not columns:
            return 0
        listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
        insert = f"INSERT OR IGNORE INTO {table}({listed}) VALUES({marks})"
        for row in old.execute(f"SELECT {listed} FROM {table} {which}"):  # noqa: S608
            rows += db.execute(insert, row).rowcount
    except sqlite3.DatabaseError:
        torn.add(table)
    return rows
