"""What other machines spent, by identity: a file of its own beside the ledger, never in the folder.

The union cannot double: a call is kept once whatever file tells of it, and never where this
machine's own ledger has it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cheaproute.machines import names
from cheaproute.machines.lines import lacks
from cheaproute.machines.lines.rows import Row
from cheaproute.machines.reading import Reading
from cheaproute.usage.call import COUNTS

FILE = "machines.db"
# 1: calls got other names (see `names`); 2: calls without a price tell what was asked for; 3: what
# was set aside may count later; 4: calls and machines tell what makes sums lower bounds.
_VERSION = 4
UNTOLD = -1  # instead of a checksum: to be told anew
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS source(    -- a machine's file, read up to `offset`
  name TEXT PRIMARY KEY, machine TEXT NOT NULL, title TEXT NOT NULL, as_of_ms INTEGER NOT NULL,
  offset INTEGER NOT NULL, tail BLOB NOT NULL, refused INTEGER NOT NULL, why TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS again(     -- when a row that is set aside as of the future is none
  name TEXT PRIMARY KEY, ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unopened(  -- lines from `offset` to `place` that `key` does not open
  name TEXT PRIMARY KEY, lines INTEGER NOT NULL, place INTEGER NOT NULL, key BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone(      -- what a machine took back, at `place` of `file`
  id TEXT NOT NULL, machine TEXT NOT NULL, file TEXT NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY(id, machine)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS call(      -- a call of another machine
  id TEXT PRIMARY KEY, machine TEXT NOT NULL, ts_ms INTEGER NOT NULL, day INTEGER NOT NULL,
  model TEXT NOT NULL, source TEXT NOT NULL, project TEXT NOT NULL,
  {", ".join(f"{name} INTEGER NOT NULL" for name in COUNTS)}, cost_nano INTEGER,
  requested TEXT NOT NULL DEFAULT '', open INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_ts ON call(ts_ms);
CREATE INDEX IF NOT EXISTS call_day ON call(day);
CREATE TABLE IF NOT EXISTS floor(     -- the most that was known of a machine's day: see `known`
  machine TEXT NOT NULL, day INTEGER NOT NULL, nano INTEGER NOT NULL, PRIMARY KEY(machine, day)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent(      -- what this machine has told, and in which words
  id TEXT PRIMARY KEY, day INTEGER NOT NULL, crc INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_day ON sent(day);
CREATE TABLE IF NOT EXISTS day(       -- the ledger's total of a day when it was last told
  day INTEGER PRIMARY KEY, stamp TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the folder: whose it is, how far it was read, what in it was set aside."""

    name: str
    machine: str
    title: str
    as_of_ms: int
    reading: Reading


def connect(data_dir: str) -> sqlite3.Connection:
    """The union's database, made where it is missing (0600)."""
    path = os.path.join(data_dir, FILE)
    os.makedirs(data_dir, mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=10)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(_SCHEMA + lacks.SCHEMA)
    if db.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
        _renew(db)
    return db


def _renew(db: sqlite3.Connection) -> None:
    """What an earlier version told and took in is told and taken in anew, and counts once."""
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE source SET offset = 0, tail = x''")
    known = {row[1] for row in db.execute("PRAGMA table_info(call)")}
    for column in ("requested TEXT NOT NULL DEFAULT ''", "open INTEGER NOT NULL DEFAULT 0"):
        if column.partition(" ")[0] not in known:
            db.execute(f"ALTER TABLE call ADD COLUMN {column}")
    db.execute("DELETE FROM day")
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")


def source(db: sqlite3.Connection, name: str) -> Source | None:
    """What is known of the file `name`."""
    return next(_sources(db, "WHERE source.name = ?", name), None)


def sources(db: sqlite3.Connection) -> list[Source]:
    """Every file that was ever read, by name; those that are gone from the folder, too."""
    return list(_sources(db, "ORDER BY source.name"))


def _sources(db: sqlite3.Connection, which: str, *values: str) -> Iterator[Source]:
    rows = db.execute(
        "SELECT source.name, machine, title, as_of_ms, offset, tail, refused, why, coalesce(ms, 0),"  # noqa: S608
        " coalesce(lines, 0), coalesce(place, 0), coalesce(key, x'')"
        f" FROM source LEFT JOIN again USING (name) LEFT JOIN unopened USING (name) {which}",
        values,
    )
    for name, machine, title, as_of_ms, *how_far in rows.fetchall():
        yield Source(name, machine, title, as_of_ms, Reading(*how_far))


def save(db: sqlite3.Connection, one: Source) -> None:
    """Write down how far a file was read. Inside the caller's transaction."""
    at = one.reading
    db.execute(
        "INSERT OR REPLACE INTO source VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        (one.name, one.machine, one.title, one.as_of_ms, at.offset, at.tail, at.refused, at.why),
    )
    db.execute("INSERT OR REPLACE INTO again VALUES(?, ?)", (one.name, at.again_ms))
    unopened = (one.name, at.unopened, at.looked, at.key)
    db.execute("INSERT OR REPLACE INTO unopened VALUES(?, ?, ?, ?)", unopened)


def stands(db: sqlite3.Connection, file: str, machine: str, row: Row, at: int) -> bool:
    """Whether the row that ends at `at` is the machine's last word on that call so far.

    An older copy of its file may be read after the word that took a call back, which stands
    further on in the file. Inside the caller's transaction.
    """
    if row.gone and not row.lacks:
        db.execute("INSERT OR REPLACE INTO gone VALUES(?, ?, ?, ?)", (row.id, machine, file, at))
        return True
    newer = "SELECT 1 FROM gone WHERE id = ? AND machine = ? AND place > ?"
    return db.execute(newer, (row.id, machine, at)).fetchone() is None


def forget_gone(db: sqlite3.Connection, file: str) -> None:
    """Forget what the file of that name took back. Inside the caller's transaction."""
    db.execute("DELETE FROM gone WHERE file = ?", (file,))


def take(
    db: sqlite3.Connection, ledger: sqlite3.Connection, machine: str, row: Row, *, here: str = ""
) -> None:
    """Take in one row of `machine`'s file; `here` is this one. Inside the caller's transaction.

    Told twice, the fuller word stands: more tokens, or a price where there was none; but no later
    word makes a call cheaper, another machine's, or of another day. One that is whole stays so.
    """
    if row.gone:
        db.execute("DELETE FROM call WHERE id = ? AND machine = ?", (row.id, machine))
        lacks.take(db, machine, row)
        return
    if owned(db, ledger, here, row.id, row.ts_ms) or _told_otherwise(db, machine, row):
        return
    columns = ["id", "machine", "ts_ms", "day", "model", "source", "project", *COUNTS]
    columns += ["requested", "open", "cost_nano"]
    grown = " + ".join(f"excluded.{name} - {name}" for name in COUNTS)
    db.execute(
        f"INSERT INTO call({', '.join(columns)}) VALUES({', '.join('?' * len(columns))}) "
        f"ON CONFLICT(id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in columns[4:-2])}, "
        "cost_nano = coalesce(max(cost_nano, excluded.cost_nano), excluded.cost_nano, cost_nano), "
        f"open = iif({grown} > 0, excluded.open, min(open, excluded.open)) "
        f"WHERE {grown} > 0 OR ({grown} = 0 AND open > excluded.open) OR (cost_nano IS NULL "
        "AND (excluded.cost_nano IS NOT NULL OR requested = '' AND excluded.requested != ''))",
        (
            row.id, machine, row.ts_ms, row.day, row.model, row.source, row.project,
            *row.counts, row.requested, row.open, row.cost_nano,
        ),
    )  # fmt: skip


def _told_otherwise(db: sqlite3.Connection, machine: str, row: Row) -> bool:
    """Whether another machine, of another version, told this very call under another name.

    The same millisecond, model, counts and message id; it cost the more of the two words.
    """
    same = " AND ".join(f"{name} = ?" for name in COUNTS)
    others = db.execute(
        "SELECT id FROM call WHERE ts_ms = ? AND id != ? AND machine != ? AND model = ? AND "  # noqa: S608
        f"{same}",
        (row.ts_ms, row.id, machine, row.model, *row.counts),
    ).fetchall()
    twin = next((name for (name,) in others if names.alike(name, row.id)), "")
    known = twin and db.execute("SELECT 1 FROM call WHERE id = ?", (row.id,)).fetchone()
    if not twin or known:
        return False
    db.execute(
        "UPDATE call SET cost_nano = coalesce(max(cost_nano, ?1), ?1, cost_nano) WHERE id = ?2",
        (row.cost_nano, twin),
    )
    return True


def owned(
    db: sqlite3.Connection, ledger: sqlite3.Connection, here: str, name: str, ts_ms: int
) -> bool:
    """Whether this machine's own ledger (`here` is its id) has the call of that name and time.

    One that is named by a machine is that machine's own, and ours if we told it: as this one, or
    before this home was copied; or it is a booking by an earlier version's name.
    """
    machine, call = names.parts(name)
    if not machine:
        return names.owned(ledger, name)
    ours = machine == here or db.execute("SELECT 1 FROM sent WHERE id = ?", (name,)).fetchone()
    return bool(ours and names.has(ledger, call)) or names.has_booking(ledger, name, ts_ms)


def sent(db: sqlite3.Connection, day: int) -> dict[str, int]:
    """{identity: checksum} of what was told of `day`."""
    return dict(db.execute("SELECT id, crc FROM sent WHERE day = ?", (day,)))


def note_sent(db: sqlite3.Connection, day: int, told: Iterable[tuple[str, int]]) -> None:
    """Write down what was told of `day`. Inside the caller's transaction."""
    db.executemany(
        "INSERT OR REPLACE INTO sent VALUES(?, ?, ?)", [(one, day, crc) for one, crc in told]
    )


def tell_anew(db: sqlite3.Connection, own: str) -> None:
    """Forget what the file `own` told, but for the names that a copied home's calls keep.

    Inside the caller's transaction.
    """
    db.execute("DELETE FROM sent WHERE instr(id, '/') = 0")
    db.execute("UPDATE sent SET crc = ?", (UNTOLD,))
    db.execute("DELETE FROM day")
    db.execute("DELETE FROM source WHERE name = ?", (own,))


def stamp(db: sqlite3.Connection, day: int) -> str | None:
    """The ledger's total of `day` when it was last told; None where it never was."""
    row = db.execute("SELECT stamp FROM day WHERE day = ?", (day,)).fetchone()
    return row[0] if row else None


def note_day(db: sqlite3.Connection, day: int, stamp: str) -> None:
    """Write down the total of a day that was told. Inside the caller's transaction."""
    db.execute("INSERT OR REPLACE INTO day VALUES(?, ?)", (day, stamp))
