"""One round with the folder: tell what is new here, take in what is new there, note what it means.

The ledger is only read. What a gate needs of it all is written to one small file beside the ledger
(`cheaproute/cap/shared/elsewhere.py` reads it).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

from cheaproute import fastjson
from cheaproute.cap.shared import elsewhere
from cheaproute.config import paths, reader
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.transactions import Immediate
from cheaproute.machines import everywhere, folder, known, reading, told, union
from cheaproute.machines.identity import Machine
from cheaproute.machines.lines.rows import Row
from cheaproute.machines.lines.sealed import Seals
from cheaproute.money import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


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


def key_file(env: Mapping[str, str]) -> str:
    """Where the folder's passphrase is kept (0600); absent for an open folder."""
    return os.path.join(paths.data_dir(env), "sync.key")


def wanted(env: Mapping[str, str], settings: Mapping[str, object]) -> Terms:
    """How the user wants it.

    Raises:
        CheaprouteError: the passphrase cannot be read: nothing must go out open instead.
    """
    try:
        raw = fastjson.content(key_file(env), 65_536)
        passphrase = raw.decode().partition("\n")[0].rstrip("\r")
    except FileNotFoundError:
        passphrase = ""
    except (OSError, ValueError) as error:
        raise CheaprouteError(
            f"{key_file(env)}: the passphrase cannot be read: `cheaproute sync --sealed` asks anew"
        ) from error
    share = reader.number(settings, "sync.share")
    return Terms(
        reader.text(settings, "sync.folder"),
        passphrase,
        projects=reader.flag(settings, "sync.projects"),
        share=share if 0 < share < 1 else None,
    )


def run(
    ledger: sqlite3.Connection, data_dir: str, machine: Machine, terms: Terms, now_ms: int
) -> Round:
    """One round. What others tell is heard even where the own file cannot be written.

    Raises:
        CheaprouteError: the folder cannot be read or written.
    """
    if not os.path.isdir(terms.place):
        raise CheaprouteError(
            f"{terms.place}: the folder is gone: mount it, or `cheaproute sync FOLDER`"
        )
    _apart(data_dir, terms.place)
    done = Round()
    unsaid: CheaprouteError | None = None
    changed: dict[int, int] = {}
    seals = Seals(terms.passphrase)
    first, past = span(month_of(now_ms // DAY_MS))
    with closing(union.connect(data_dir)) as db:
        with Immediate(db):
            known.remember(db, machine.id, first - 1, now_ms)
        try:
            changed = told.to_folder(
                ledger, db, machine, terms.place, seals, projects=terms.projects
            )
        except CheaprouteError as error:
            unsaid = error
        done.told = sum(changed.values())
        _listen(ledger, db, machine, terms.place, seals, now_ms, done)
        with Immediate(db):
            known.hand_over(db, ledger, machine.id, first - 1, changed, now_ms)
            known.remember(db, machine.id, first - 1, now_ms)
        each = everywhere.by_machine(db, ledger, first, past)
        spent: dict[str, int] = {}
        for one in each:
            spent[one.title] = spent.get(one.title, 0) + one.sums.cost_nano
        lower = [one.title for one in each if one.sums.lower_bound]
        told_of = known.periods(db, ledger, now_ms)
        elsewhere.write(data_dir, told_of, _as_of(db, machine), terms.share, spent, lower)
    if unsaid:
        raise unsaid
    return done


def _apart(data_dir: str, place: str) -> None:
    """Refuse a folder that the ledger itself lies in: whoever syncs it would tear it apart."""
    inner, outer = os.path.realpath(data_dir), os.path.realpath(place)
    if inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep):
        raise CheaprouteError(
            f"{place}: the ledger lies in it ({data_dir}), and must not be synced: take a folder "
            "beside it"
        )


def _as_of(db: sqlite3.Connection, machine: Machine) -> dict[str, int]:
    """{name: time of the newest row} of each other machine."""
    found: dict[str, int] = {}
    for one in union.sources(db):
        if one.machine != machine.id:
            found[one.title] = max(found.get(one.title, 0), one.as_of_ms)
    return found


def _listen(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    place: str,
    seals: Seals,
    now_ms: int,
    done: Round,
) -> None:
    """Take in what every file of the folder has to say, the own one included (a restored home)."""
    for name in folder.kept_away(place):
        done.notes.append(f"{name}: not on this disk, whoever syncs the folder keeps it elsewhere")
    heard = set()
    for path in folder.files(place):
        name = os.path.basename(path)
        try:
            found = folder.head(path)
            if found is None:
                done.notes.append(f"{name}: not a machine's file, passed over")
                continue
            if found.machine != machine.id:
                heard.add(found.machine)
            if found.salt and not seals.passphrase:
                done.notes.append(f"{name}: sealed: give the passphrase, `cheaproute sync --help`")
                continue
            with Immediate(db):
                now = _hear(ledger, db, machine, path, found, seals, now_ms, done)
        except OSError as error:
            done.notes.append(f"{name}: {error.strerror or 'cannot be read'}, passed over")
            continue
        aside = now.refused + now.unopened
        if aside:
            why = now.why or reading.UNOPENED
            done.notes.append(f"{name}: {plural(aside, 'line')} set aside, the first: {why}")
    done.machines = len(heard)


def _hear(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    path: str,
    found: folder.Head,
    seals: Seals,
    now_ms: int,
    done: Round,
) -> reading.Reading:
    """Take in what one file has to say, and how far that was. Inside the caller's transaction."""
    name = os.path.basename(path)
    last = union.source(db, name)
    latest, read = last.as_of_ms if last else 0, 0

    def each(row: Row, at: int) -> None:
        nonlocal latest, read
        if not read and last and at <= last.reading.offset:
            union.forget_gone(db, name)  # it is read anew, and says so itself
        if union.stands(db, name, found.machine, row, at):
            union.take(db, ledger, found.machine, row, here=machine.id)
        latest, read = max(latest, row.ts_ms), read + 1

    now = reading.read(
        path, found, last.reading if last else None, seals.of(found.salt), now_ms, each
    )
    union.save(db, union.Source(name, found.machine, found.name, latest, now))
    done.read += read
    return now
