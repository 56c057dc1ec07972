"""What a machine's sums lack, one line each: requests given up, compactions, sessions untold.

Whoever adds up several machines says by these that the sum is a lower bound. One that a session's
files tell of has the same name on each machine that has those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cheaproute.cap.fallback import uncounted
from cheaproute.days import DAY_MS
from cheaproute.ledger import schema
from cheaproute.ledger.schema import MAIN, NEVER, SOURCES, SUBAGENT, any_given_up
from cheaproute.machines.lines.rows import Row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

SCHEMA = """
CREATE TABLE IF NOT EXISTS lack(      -- requests that a machine's sums lack
  id TEXT NOT NULL, machine TEXT NOT NULL, ts_ms INTEGER NOT NULL, model TEXT NOT NULL,
  source TEXT NOT NULL, requests INTEGER NOT NULL, nano INTEGER NOT NULL, PRIMARY KEY(id, machine)
) WITHOUT ROWID;
"""
_REQUEST, _COMPACTION, _SESSION = "lack:request:", "lack:compaction:", "lack:session:"


class Lack(NamedTuple):
    """What one machine's sums of some days lack: counts, and what the requests may have cost."""

    machine: str
    day: int
    model: str
    source: str
    requests: int
    nano: int
    compactions: int
    sessions: int


def own(ledger: sqlite3.Connection, since_ms: int) -> Iterator[Row]:
    """What this machine's sums from `since_ms` on lack."""
    uuids = dict(ledger.execute("SELECT id, uuid FROM session"))
    asked = "SELECT session, ts_ms, model, agent, requests, nano FROM given_up WHERE ts_ms >= ?"
    gone = ledger.execute(asked, (since_ms,)).fetchall() if any_given_up(ledger) else ()
    for session, ts_ms, model, agent, requests, nano in gone:
        name = f"{_REQUEST}{uuids.get(session, '')}:{ts_ms}:{agent}:{model}"
        source = SOURCES[SUBAGENT if agent else MAIN]
        yield Row(name, ts_ms, model, source, (), nano, gone=True, lacks=requests)
    for session, ts_ms in schema.compactions(ledger, since_ms, NEVER):
        name = f"{_COMPACTION}{uuids.get(session, '')}:{ts_ms}"
        yield Row(name, ts_ms, "", "", (), 0, gone=True, lacks=1)
    for one in uncounted.since(ledger, since_ms):
        if one.why == uncounted.NO_TRANSCRIPT:
            yield Row(f"{_SESSION}{one.uuid}", one.ts_ms, "", "", (), 0, gone=True, lacks=1)


def lack_day(day: int) -> int:
    """Where `sent` has what sums of `day` lack: apart from its calls."""
    return -1 - day


def sent(db: sqlite3.Connection, since: int) -> dict[str, tuple[int, int]]:
    """{name: (day, checksum)} of what was told that sums of the days from `since` on lack."""
    rows = db.execute("SELECT id, -1 - day, crc FROM sent WHERE day <= ?", (lack_day(since),))
    return {name: (day, crc) for name, day, crc in rows}


def take(db: sqlite3.Connection, machine: str, row: Row) -> None:
    """Keep what `machine` said last of the name. Inside the caller's transaction."""
    db.execute("DELETE FROM lack WHERE id = ? AND machine = ?", (row.id, machine))
    if row.lacks:
        values = (row.ts_ms, row.model, row.source, row.lacks, row.cost_nano or 0)
        db.execute("INSERT INTO lack VALUES(?, ?, ?, ?, ?, ?, ?)", (row.id, machine, *values))


def others(db: sqlite3.Connection, ledger: sqlite3.Connection) -> list[Lack]:
    """What the sums of other machines lack, each once; not what the own ledger knows.

    A session that is in this ledger, too, is judged by what this one knows of it.
    """
    rows = db.execute("SELECT * FROM lack ORDER BY id, machine")
    found: dict[str, Lack] = {}
    for name, machine, ts_ms, model, source, requests, nano in rows.fetchall():
        if name in found or _known(ledger, name, ts_ms):
            continue
        request = name.startswith(_REQUEST)
        found[name] = Lack(
            machine,
            ts_ms // DAY_MS,
            model,
            source,
            requests if request else 0,
            nano if request else 0,
            int(name.startswith(_COMPACTION)),
            int(name.startswith(_SESSION)),
        )
    return list(found.values())


def _known(ledger: sqlite3.Connection, name: str, ts_ms: int) -> bool:
    """Whether the own ledger has what is lacking under `name`, or knows that it lacks it."""
    uuid = [*name.split(":", 3), "", ""][2]
    table = "turn" if name.startswith(_COMPACTION) else "given_up"
    if name.startswith(_SESSION):
        return bool(
            ledger.execute("SELECT 1 FROM uncounted WHERE session = ?", (uuid,)).fetchone()
            or ledger.execute(
                "SELECT 1 FROM call JOIN session ON session.id = call.session WHERE uuid = ?"
                " LIMIT 1",
                (uuid,),
            ).fetchone()
        )
    if table == "given_up" and not any_given_up(ledger):
        return False
    query = (
        f"SELECT 1 FROM {table} JOIN session ON session.id = {table}.session"  # noqa: S608
        " WHERE uuid = ? AND ts_ms = ?"
    )
    return ledger.execute(query, (uuid, ts_ms)).fetchone() is not None


def within(found: Iterable[Lack], first: int, past: int) -> list[Lack]:
    """Those of the days `first` to before `past`."""
    return [one for one in found if first <= one.day < past]
