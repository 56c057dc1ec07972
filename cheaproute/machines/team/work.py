"""One round with the team's server: tell what was spent, take what may be spent. In the background.

Both are one statement each, under one row's lock.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from cheaproute.cap import periods
from cheaproute.cap.shared import lease
from cheaproute.cap.shared.lease import Lease, Part
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.machines import folder, names, told
from cheaproute.machines.identity import Machine
from cheaproute.machines.rows import Row
from cheaproute.machines.team import connection, policy, sizing, skew
from cheaproute.machines.team.member import Member, forget, note, still

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

DATABASE = "team.db"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Told:
    """How many rows the server had not known, and the lease that was taken."""

    rows: int
    lease: Lease


def run(
    env: Mapping[str, str],
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
    now_ms: int,
) -> Told:
    """One round.

    Raises:
        CheaprouteError: the server refuses, or goes away; the lease at hand stays as it is. Or this
            machine's clock is far off: then the lease has nothing in it, and its bound holds. Or it
            has left the team meanwhile: then nothing of it stays, here or there.
    """
    with connection.refusals():
        with closing(kept(env)) as said:
            ledger.execute("BEGIN")  # rows and total of one moment
            try:
                month = periods.keys(now_ms, 0)["month"]
                base = _month_nano(ledger, month)
                fresh = tell(ledger, said, db, machine, member)
            finally:
                ledger.execute("COMMIT")
        skew_s = skew.of(db, now_ms)
        taken = take(
            ledger, db, machine, member, month.partition(":")[2], base, now_ms, skew_s=skew_s
        )
        costs = policy.prices(db)
    lease.write(paths.data_dir(env), taken)
    if not still(env, member):
        lease.forget(paths.data_dir(env))
        _release(db, machine)
        raise CheaprouteError("this machine has left the team meanwhile")
    note(env, member, taken, costs)
    if skew_s > skew.MOST_S:
        raise CheaprouteError(
            f"this machine's clock is {skew_s / 3_600:.1f} hours off the team's server: set it "
            "right, no part of the budget is had till then"
        )
    return Told(fresh, taken)


def end(
    env: Mapping[str, str],
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
) -> int:
    """Tell what was spent, leave, and give back what is left of the lease; how many rows were new.

    It is left before that is given back: a round that hangs sees it, and gives back what it took.

    Raises:
        CheaprouteError: the server refuses, or goes away; maybe it is left, and maybe not.
    """
    with connection.refusals(), closing(kept(env)) as said:
        fresh = tell(ledger, said, db, machine, member)
    forget(env)
    _release(db, machine)
    return fresh


def _release(db: Connection[tuple[object, ...]], machine: Machine) -> None:
    with connection.refusals():
        db.execute("SELECT cheaproute.release(%s)", (machine.id,))


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
    return db


def _month_nano(ledger: sqlite3.Connection, key: str) -> int:
    row = ledger.execute("SELECT cost_nano FROM spent WHERE period = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


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
        [row.id, row.ts_ms, row.model, row.source, row.project, *row.counts, row.cost_nano]
        for row, _ in batch
    ]
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


def take(
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
    month: str,
    base: int,
    now_ms: int,
    *,
    skew_s: int,
) -> Lease:
    """The general part, and one for each project here that has a cap of its own.

    Where this machine's clock is far off (`skew_s`) its calls may be another month's:
    nothing is in them.
    """
    far = skew_s > skew.MOST_S
    parts: dict[str, Part] = {}
    begun_ms = lease.running_ms()
    wanted, capped = [""], None
    seconds, full, at_cap, out_of_touch = 0, "", "block", "open"
    while wanted:
        project = wanted.pop()
        row = db.execute(
            "SELECT nano, seconds, at_cap, out_of_touch, full_cap, capped_projects "
            "FROM cheaproute.take(%s, %s, %s, %s)",
            (machine.id, machine.name, project, 1 if far else sizing.size(ledger, now_ms, project)),
        ).fetchone()
        assert row is not None  # noqa: S101  # a function answers with one row
        parts[project] = Part(0 if far else int(str(row[0])), base)
        seconds, at_cap, out_of_touch = int(str(row[1])), str(row[2]), str(row[3])
        full = full or str(row[4])
        if capped is None:
            capped = row[5] if isinstance(row[5], list) and member.projects else []
            wanted = [name for name in capped if sizing.works_in(ledger, name)]
    return Lease(
        parts,
        month=month,
        taken_ms=begun_ms,
        hold_ms=max(0, seconds - skew.margin_s(skew_s, seconds)) * 1000,
        at_cap=at_cap,
        out_of_touch=out_of_touch,
        full_cap=full,
    )
