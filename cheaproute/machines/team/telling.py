"""What is told to the team's server: calls that it has not heard, in batches, each counted once."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence

from cheaproute.config import paths
from cheaproute.machines import folder, names, told
from cheaproute.machines.identity import Machine
from cheaproute.machines.lines.rows import Row
from cheaproute.machines.team.member import Member

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

DATABASE = "team.db"
BATCH = 500


def kept(env: Mapping[str, str]) -> sqlite3.Connection:
    """What was told to the server, and in which words."""
    path = os.path.join(paths.data_dir(env), DATABASE)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=10)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE IF NOT EXISTS sent(id TEXT PRIMARY KEY, crc INTEGER) WITHOUT ROWID")
    db.execute("CREATE TABLE IF NOT EXISTS day(day INTEGER PRIMARY KEY, stamp TEXT NOT NULL)")
    # Whom the server knew as this member, and one of the rows that it had last.
    db.execute("CREATE TABLE IF NOT EXISTS person(one INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    db.execute("CREATE TABLE IF NOT EXISTS witness(one INTEGER PRIMARY KEY, id TEXT NOT NULL)")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if not version:  # what was told had no word of open calls
        db.execute("DELETE FROM day")
        db.execute("PRAGMA user_version = 1")
    return db


def tell(
    ledger: sqlite3.Connection,
    kept: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
) -> int:
    """Report what the server has not heard, in batches; how many rows were new to it.

    One that was put back to an earlier day is told all anew, one that knows us as another is not.
    """
    name = f"{db.execute('SELECT cheaproute.me()').fetchone()} {member.url}"
    known_as = kept.execute("SELECT name FROM person").fetchone()
    witness = kept.execute("SELECT id FROM witness").fetchone()
    if known_as and known_as[0] != name:
        kept.execute("DELETE FROM witness")
    elif witness and not _has(db, witness[0]):
        kept.execute("DELETE FROM day")
        kept.execute("UPDATE sent SET crc = -1")
    kept.execute("INSERT OR REPLACE INTO person VALUES(1, ?)", (name,))
    known = dict(kept.execute("SELECT day, stamp FROM day"))
    # The server takes nothing back: what it has under a machine's name keeps that.
    begun = [name for (name,) in kept.execute("SELECT id FROM sent WHERE instr(id, '/') > 0")]
    named = {call: name for name in begun for of, call in (names.parts(name),) if of}
    fresh = 0
    for day, stamp in told.days(ledger):
        if known.get(day) == stamp:
            continue
        batch: list[tuple[Row, int]] = []
        for row in told.own(ledger, machine.id, day, named, projects=member.projects):
            if row.newer:
                continue  # the server has their sums, and takes nothing back
            crc = folder.checksum(row.line())
            said = kept.execute("SELECT crc FROM sent WHERE id = ?", (row.id,)).fetchone()
            if said is None or said[0] != crc:
                batch.append((row, crc))
            if len(batch) == BATCH:
                fresh += _report(db, kept, machine, batch)
                batch = []
        fresh += _report(db, kept, machine, batch)
        kept.execute("INSERT OR REPLACE INTO day VALUES(?, ?)", (day, stamp))
    return fresh


def _report(
    db: Connection[tuple[object, ...]],
    kept: sqlite3.Connection,
    machine: Machine,
    batch: Sequence[tuple[Row, int]],
) -> int:
    """One statement; it may be said twice (after a crash in between) and counts once."""
    if not batch:
        return 0
    rows = [
        [row.id, row.ts_ms, row.model, row.source, row.project, *row.counts,
         row.cost_nano, row.open]
        for row, _ in batch
    ]  # fmt: skip
    answer = db.execute(
        "SELECT cheaproute.report(%s, %s, %s::jsonb)", (machine.id, machine.name, json.dumps(rows))
    ).fetchone()
    kept.execute("BEGIN IMMEDIATE")
    kept.executemany(
        "INSERT OR REPLACE INTO sent VALUES(?, ?)", [(row.id, crc) for row, crc in batch]
    )
    kept.execute("COMMIT")
    if _has(db, batch[-1][0].id):
        kept.execute("INSERT OR REPLACE INTO witness VALUES(1, ?)", (batch[-1][0].id,))
    return int(str(answer[0])) if answer else 0


def _has(db: Connection[tuple[object, ...]], name: str) -> bool:
    """Whether the server has a row of that name that is this member's."""
    row = db.execute("SELECT 1 FROM cheaproute.call WHERE id = %s", (name,)).fetchone()
    return row is not None
