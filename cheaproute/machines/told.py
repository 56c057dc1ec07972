"""Which of the own ledger's calls were told elsewhere, and in which words: day by day, by identity.

A day whose kept total is as it was when it was last told is not looked at again. Rounds of one
machine take turns: two that append at once would write over each other.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.schema import SINCE_DAY, SOURCES, UNLISTED
from cheaproute.ledger.transactions import Immediate
from cheaproute.machines import folder, names, reading, union
from cheaproute.machines.identity import Machine
from cheaproute.machines.lines import lacks, rows, sealed
from cheaproute.machines.lines.rows import Row
from cheaproute.machines.lines.sealed import Seals
from cheaproute.usage.call import COUNTS

_STAMP = ("sum(calls)", "sum(cost_nano)", "sum(unpriced)", "sum(partial)", "sum(output)")

# The total that a booking is of: it was written after what it tells of.
_TOTAL = (
    f"CASE source WHEN {UNLISTED} THEN (SELECT min(at_ms) FROM cost_state"  # noqa: S608
    " WHERE cost_state.session = call.session AND at_ms >= ts_ms) END"
)


def days(ledger: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """(day, its total in a few words) of every day of which single calls are kept."""
    since = _since(ledger)
    for day, *sums in ledger.execute(
        f"SELECT day, {', '.join(_STAMP)} FROM daily WHERE day >= ? GROUP BY day ORDER BY day",  # noqa: S608
        (since,),
    ):
        yield day, ":".join(map(str, sums))


def _since(ledger: sqlite3.Connection) -> int:
    """The day before which no single call is kept."""
    row = ledger.execute("SELECT value FROM meta WHERE key = ?", (SINCE_DAY,)).fetchone()
    return int(row[0]) if row else 0


def own(
    ledger: sqlite3.Connection,
    machine: str,
    day: int,
    named: Mapping[str, str],
    *,
    projects: bool,
) -> Iterator[Row]:
    """The own ledger's calls of `day`; `named`: {its id: name} of what keeps an earlier name.

    Of what the client's totals alone tell what each has, and what earlier versions have of them:
    the sums of a session, a model and a day.
    """
    each: dict[str, Row] = {}
    sums: dict[str, Row] = {}
    found = ledger.execute(
        "SELECT call.id, request, ref, source, coalesce(uuid, ''), ts_ms, model.name, cost_nano,"  # noqa: S608
        f" project.path, asked.name, final, {_TOTAL}, {', '.join(COUNTS)} FROM call"
        " LEFT JOIN model ON model.id = call.model LEFT JOIN model asked ON asked.id = requested"
        " LEFT JOIN project ON project.id = call.project"
        " LEFT JOIN session ON session.id = call.session WHERE ts_ms >= ? AND ts_ms < ?",
        (day * DAY_MS, (day + 1) * DAY_MS),
    )
    for (
        identity,
        request,
        ref,
        source,
        session,
        ts_ms,
        model,
        nano,
        project,
        asked,
        final,
        total_ms,
        *counts,
    ) in found:
        of_total = total_ms is not None and total_ms // DAY_MS == day
        at_ms = total_ms if of_total else ts_ms
        call = names.Own(identity, request, ref, source, session, at_ms)
        name = named.get(identity) or names.of(ledger, call, machine)
        place = rows.text((project or "").rpartition("/")[2]) if projects else ""
        row = (name, at_ms, rows.text(model), SOURCES[source], tuple(counts), nano, place)
        made = Row(*row, requested=rows.text(asked) if nano is None else "", open=not final)
        if summed := names.summed(name, at_ms):
            each[name] = replace(_plus(each.get(name), made), newer=True)
            sums[summed] = replace(_plus(sums.get(summed), made), id=summed, older=True)
        else:
            yield made
    yield from each.values()
    yield from sums.values()


def _plus(before: Row | None, row: Row) -> Row:
    """The sum of both."""
    nano, counts, ts_ms, open_ = row.cost_nano, row.counts, row.ts_ms, row.open
    if before is not None:
        nano = None if before.cost_nano is None or nano is None else before.cost_nano + nano
        counts = tuple(map(sum, zip(before.counts, counts, strict=True)))
        ts_ms, open_ = min(before.ts_ms, ts_ms), before.open or open_
    return replace(row, ts_ms=ts_ms, counts=counts, cost_nano=nano, open=open_)


def to_folder(
    ledger: sqlite3.Connection,
    db: sqlite3.Connection,
    machine: Machine,
    place: str,
    seals: Seals,
    *,
    projects: bool,
) -> dict[int, int]:
    """Append what the own file does not say yet; {day that changed: rows told of it}.

    Raises:
        CheaprouteError: the file cannot be read or written.
    """
    path = folder.own_path(place, machine)
    try:
        with Immediate(db):
            salt = _begun(db, machine, path, seals)
        seal = seals.of(salt)
        done: dict[int, int] = {}
        for day, stamp in days(ledger):
            with Immediate(db):
                if union.stamp(db, day) == stamp:
                    continue
                fresh = list(_changed(ledger, db, machine, day, projects=projects))
                folder.append(path, (line for _, line in fresh), seal)
                union.note_sent(db, day, [(one, folder.checksum(line)) for one, line in fresh])
                union.note_day(db, day, stamp)
            done[day] = len({one for one, _ in fresh})
        with Immediate(db):
            _tell_lacks(ledger, db, path, seal)
    except OSError as error:
        raise CheaprouteError(f"{path}: {error.strerror}") from error
    return done


def _begun(db: sqlite3.Connection, machine: Machine, path: str, seals: Seals) -> bytes:
    """The own file's salt; where the file is missing, cut, or another's, it begins anew.

    Rows told under an earlier id of this home (it was copied) stand in that machine's file and are
    not told again.
    """
    name = os.path.basename(path)
    last = union.source(db, name)
    there = os.path.isfile(path) and not os.path.islink(path)
    found = folder.head(path) if there else None
    ours = found is not None and found.machine == machine.id
    if found and ours and bool(found.salt) == bool(seals.passphrase):
        before = last.reading if last else None
        if reading.as_left(path, found, before, seals.of(found.salt)):
            return found.salt
    if any(one.machine == machine.id for one in union.sources(db)):
        union.tell_anew(db, name)
    salt = sealed.salt() if seals.passphrase else b""
    folder.begin(path, machine, salt)
    return salt


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
    for row in own(ledger, machine.id, day, named, projects=projects):
        line = row.line()
        before = sent.pop(row.id, None)
        if before == folder.checksum(line):
            continue
        if before not in (None, union.UNTOLD):
            yield row.id, _gone(row.id)  # the word before it: this one may be of less
        yield row.id, line
    for identity, crc in sent.items():
        if crc != folder.checksum(_gone(identity)):
            yield identity, _gone(identity)


def _gone(identity: str) -> bytes:
    return Row(identity, 0, "", "", (), None, gone=True).line()


def _tell_lacks(
    ledger: sqlite3.Connection, db: sqlite3.Connection, path: str, seal: sealed.Seal | None
) -> None:
    """Append what the own sums lack that was not told so, and what of it they lack no more.

    Of days whose calls were dropped what was said stands. Inside the caller's transaction.
    """
    since = _since(ledger)
    sent = lacks.sent(db, since)
    fresh: list[tuple[int, str, bytes]] = []
    for row in lacks.own(ledger, since * DAY_MS):
        line = row.line()
        if sent.pop(row.id, (0, None))[1] != folder.checksum(line):
            fresh.append((row.day, row.id, line))
    for identity, (day, crc) in sent.items():
        if crc != folder.checksum(_gone(identity)):
            fresh.append((day, identity, _gone(identity)))
    if fresh:
        folder.append(path, (line for *_, line in fresh), seal)
    for day, identity, line in fresh:
        union.note_sent(db, lacks.lack_day(day), [(identity, folder.checksum(line))])
