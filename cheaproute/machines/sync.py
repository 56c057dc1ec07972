"""One round with the folder: tell what is new here, take in what is new there, note what it means.

The ledger is only read. What a gate needs of it all is written to one small file beside the ledger
(`cheaproute/cap/shared/elsewhere.py` reads it).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from cheaproute.cap.shared import elsewhere
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.transactions import Immediate
from cheaproute.machines import folder, known, names, sealed, told, union
from cheaproute.machines.folder import Reading
from cheaproute.machines.identity import Machine
from cheaproute.machines.rows import Row
from cheaproute.machines.sealed import Seal
from cheaproute.money import plural


@dataclass(slots=True)
class Round:
    """What a round did: rows told and read, and a line for each thing that was not as it should."""

    told: int = 0
    read: int = 0
    machines: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """How the user wants it: the folder, the passphrase ("": open), names of projects, a share."""

    place: str
    passphrase: str = ""
    projects: bool = False
    share: float | None = None


def run(
    ledger: sqlite3.Connection, data_dir: str, machine: Machine, terms: Terms, now_ms: int
) -> Round:
    """One round.

    Raises:
        CheaprouteError: the folder cannot be read or written.
    """
    done = Round()
    with closing(union.connect(data_dir)) as db:
        seals: dict[bytes, Seal] = {}
        first, past = span(month_of(now_ms // DAY_MS))
        with Immediate(db):
            known.remember(db, machine.id, first - 1, now_ms)
        _tell(ledger, db, machine, terms, seals, done)
        _listen(ledger, db, machine, terms, seals, now_ms, done)
        with Immediate(db):
            known.hand_over(db, ledger, machine.id, first - 1, now_ms)
            known.remember(db, machine.id, first - 1, now_ms)
        spent: dict[str, int] = {}
        for one in union.by_machine(db, first, past):
            spent[one.title] = spent.get(one.title, 0) + one.cost_nano
        as_of = _as_of(db, machine)
        elsewhere.write(data_dir, known.periods(db, now_ms), as_of, terms.share, spent)
    return done


def _as_of(db: sqlite3.Connection, machine: Machine) -> dict[str, int]:
    """{name: time of the newest row} of each other machine."""
    found: dict[str, int] = {}
    for one in union.sources(db):
        if one.machine != machine.id:
            found[one.title] = max(found.get(one.title, 0), one.as_of_ms)
    return found


def _tell(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    terms: Terms,
    seals: dict[bytes, Seal],
    done: Round,
) -> None:
    """Append what the own file does not say yet, day by day."""
    path = folder.own_path(terms.place, machine)
    found = None if os.path.islink(path) else folder.head(path)
    if found is None or found.machine != machine.id or bool(found.salt) != bool(terms.passphrase):
        # Missing, cut or another's: begin anew. Rows told under an earlier id of this home (it was
        # copied) stand in that machine's file and are not told again.
        salt = sealed.salt() if terms.passphrase else b""
        if _ours(db, machine):
            union.tell_anew(db)
        folder.begin(path, machine, salt)
        found = folder.head(path)
        if found is None:
            raise CheaprouteError(f"{path}: cannot be read back")
    seal = _seal(terms, found.salt, seals)
    stamps = union.stamps(db)
    for day, stamp in told.days(ledger):
        if stamps.get(day) == stamp:
            continue
        fresh = list(_changed(ledger, db, machine, day, projects=terms.projects))
        folder.append(path, (line for _, line in fresh), seal)
        db.execute("BEGIN IMMEDIATE")
        union.note_sent(db, day, [(one, folder.checksum(line)) for one, line in fresh])
        db.execute("INSERT OR REPLACE INTO day VALUES(?, ?)", (day, stamp))
        db.execute("COMMIT")
        done.told += len(fresh)


def _ours(db: sqlite3.Connection, machine: Machine) -> bool:
    """Whether what was told stood in a file of this machine's id."""
    return any(one.machine == machine.id for one in union.sources(db))


def _changed(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    day: int,
    *,
    projects: bool,
) -> Iterator[tuple[str, bytes]]:
    """(identity, line) of each call of `day` that was not told as it stands now."""
    sent = union.sent(db, day)
    # A home that was copied told them under its earlier id: they keep that name.
    named = {}
    for name in sent:
        told_as, call = names.parts(name)
        if told_as and told_as != machine.id:
            named[call] = name
    for row in told.own(ledger, machine.id, day, named, projects=projects):
        line = row.line()
        if sent.pop(row.id, None) != folder.checksum(line):
            yield row.id, line
    for identity, crc in sent.items():
        line = Row(identity, 0, "", "", (), None, gone=True).line()
        if crc != folder.checksum(line):
            yield identity, line


def _listen(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    terms: Terms,
    seals: dict[bytes, Seal],
    now_ms: int,
    done: Round,
) -> None:
    """Take in what every file of the folder has to say, the own one included (a restored home)."""
    for path in folder.files(terms.place):
        name = path.rpartition("/")[2]
        found = folder.head(path)
        if found is None:
            done.notes.append(f"{name}: not a machine's file, passed over")
            continue
        if found.salt and not terms.passphrase:
            done.notes.append(f"{name}: sealed: give the passphrase, `cheaproute sync --help`")
            continue
        seal = _seal(terms, found.salt, seals)
        last = union.source(db, name)
        before = Reading(last.offset, last.tail, last.refused, last.why) if last else None
        db.execute("BEGIN IMMEDIATE")
        try:
            latest = last.as_of_ms if last else 0

            def each(row: Row, of: str = found.machine) -> None:
                nonlocal latest
                union.take(db, ledger, of, row, here=machine.id)
                latest = max(latest, row.ts_ms)
                done.read += 1

            now = folder.read(path, found, before or Reading(0, b""), seal, now_ms, each)
            union.save(
                db,
                union.Source(
                    name, found.machine, found.name, latest, now.offset, now.tail, now.refused,
                    now.why,
                ),
            )  # fmt: skip
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        done.machines += found.machine != machine.id
        if now.refused:
            done.notes.append(
                f"{name}: {plural(now.refused, 'line')} set aside, the first: {now.why}"
            )


def _seal(terms: Terms, salt: bytes, seals: dict[bytes, Seal]) -> Seal | None:
    """The key for a file's salt; None for an open file."""
    if not salt:
        return None
    if salt not in seals:
        seals[salt] = Seal(terms.passphrase, salt)
    return seals[salt]
