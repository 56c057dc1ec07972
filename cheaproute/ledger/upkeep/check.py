"""A walk over the whole ledger: do the books add up. For `doctor`, `rebuild` and every hard test.

In the manner of diskcache's own check: after whatever happened, all of this holds.
"""

from __future__ import annotations

import os

from cheaproute import money
from cheaproute.client.transcript import reader
from cheaproute.client.transcript.rows import BLANK
from cheaproute.days import DAY_MS
from cheaproute.ledger.calls import retention
from cheaproute.ledger.query.totals import FIELDS, OF_CALLS
from cheaproute.ledger.schema import SOURCES
from cheaproute.money import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import BinaryIO

# What must find nothing -> what it says of what it finds.
_ORPHANS = {
    "SELECT id FROM call WHERE model NOT IN (SELECT id FROM model)": "call without a model",
    "SELECT id FROM call WHERE requested NOT IN (SELECT id FROM model) AND requested != 0": (
        "call of an unknown requested model"
    ),
    "SELECT id FROM call WHERE session != 0 AND session NOT IN (SELECT id FROM session)": (
        "call without its session"
    ),
    "SELECT id FROM call WHERE project != 0 AND project NOT IN (SELECT id FROM project)": (
        "call without its project"
    ),
    "SELECT id FROM call WHERE file != 0 AND file NOT IN (SELECT id FROM file)": (
        "call without its transcript"
    ),
    "SELECT path FROM file WHERE session != 0 AND session NOT IN (SELECT id FROM session)": (
        "transcript without its session"
    ),
    "SELECT call FROM copy WHERE call NOT IN (SELECT id FROM call)": "copy of no call",
    "SELECT file FROM copy WHERE file NOT IN (SELECT id FROM file)": "copy in no transcript",
    "SELECT call FROM call_row WHERE call NOT IN (SELECT id FROM call)": "row of no call",
    "SELECT call FROM adopted WHERE call NOT IN (SELECT id FROM call)": "part of no call",
    "SELECT at_ms FROM cost_state WHERE session NOT IN (SELECT id FROM session)": (
        "client's total of no session"
    ),
    "SELECT id FROM call WHERE day != ts_ms / 86400000": "call on another day than its time",
    "SELECT id FROM call WHERE min(input, output, write_5m, write_1h, read, web_search) < 0": (
        "call with a count below 0"
    ),
    "SELECT id FROM call WHERE typeof(cost_nano) NOT IN ('integer', 'null')": (
        "call whose cost is no whole number"
    ),
    "SELECT period FROM spent WHERE typeof(cost_nano) != 'integer'": (
        "sum of a period that is no whole number"
    ),
    "SELECT path FROM file WHERE offset < 0 OR length(tail) > offset": (
        "transcript read to no place in it"
    ),
}
_NAMED = 3


def problems(db: sqlite3.Connection, *, files: bool = True) -> list[str]:
    """What does not add up, a line each; [] if all is well. Reads everything.

    `files`: also whether the transcripts still hold what was read of them.
    """
    alone = not db.in_transaction
    if alone:
        db.execute("BEGIN")  # one moment's view
    try:
        found = _database(db)
        if not found:
            found = [*_orphans(db), *_sums(db), *(_files(db) if files else [])]
        late = retention.misplaced(db)
        if late:
            found.append(f"the day before which calls were dropped ({late}) lies past all calls")
        return found
    finally:
        if alone:
            db.execute("COMMIT")


def _database(db: sqlite3.Connection) -> list[str]:
    """SQLite's own check of the file."""
    whole = [row[0] for row in db.execute("PRAGMA integrity_check(3)")]
    return [] if whole == ["ok"] else [f"damaged: {line}" for line in whole]


def _orphans(db: sqlite3.Connection) -> list[str]:
    found = []
    for query, what in _ORPHANS.items():
        rows = [str(row[0]) for row in db.execute(f"{query} LIMIT 100")]
        if rows:
            more = ", ..." if len(rows) > _NAMED else ""
            found.append(f"{len(rows)} x {what}: {', '.join(rows[:_NAMED])}{more}")
    odd = db.execute("SELECT count(*) FROM call WHERE source >= ?", (len(SOURCES),)).fetchone()[0]
    return [*found, f"{plural(odd, 'call')} of an unknown source"] if odd else found


def _sums(db: sqlite3.Connection) -> list[str]:
    """Whether the kept totals are the sums of the calls, where single calls are kept."""
    since = retention.horizon(db)
    key = "day, model, source, project"
    minus = ", ".join(f"-{text.rpartition(' AS ')[0]}" for text in OF_CALLS)
    names = " OR ".join(f"sum({name}) != 0" for name in FIELDS)
    daily = db.execute(
        f"SELECT sum(cost_nano) FROM (SELECT {key}, {', '.join(FIELDS)} FROM daily WHERE day >= ?1"  # noqa: S608
        f" UNION ALL SELECT {key}, {minus} FROM call WHERE day >= ?1 GROUP BY {key})"
        f" GROUP BY {key} HAVING {names}",
        (since,),
    ).fetchall()
    apart = money.show(sum(abs(row[0]) for row in daily))
    found = [f"the totals are not the sum of the calls: {apart} apart"] if daily else []
    found += _periods(db, "month", "'month:' || strftime('%Y-%m', day * 86400, 'unixepoch')")
    found += _periods(db, "day", "'day:' || day")
    sessions = db.execute(
        "SELECT period FROM (SELECT period, cost_nano, unpriced FROM spent WHERE"
        " period LIKE 'session:%' UNION ALL SELECT 'session:' || session,"
        " -coalesce(cost_nano, 0), -(cost_nano IS NULL) FROM call)"
        " WHERE period NOT IN (SELECT 'session:' || id FROM session WHERE first_ms < ?1 AND ?1 > 0)"
        " GROUP BY period HAVING sum(cost_nano) != 0 OR sum(unpriced) != 0",
        (since * DAY_MS,),
    ).fetchall()
    return found + [f"total of {row[0]} is not the sum of its calls" for row in sessions[:_NAMED]]


def _periods(db: sqlite3.Connection, name: str, period: str) -> list[str]:
    rows = db.execute(
        "SELECT period FROM (SELECT period, cost_nano, unpriced FROM spent WHERE"  # noqa: S608
        f" period LIKE '{name}:%' UNION ALL SELECT {period}, -cost_nano, -unpriced FROM daily)"
        " GROUP BY period HAVING sum(cost_nano) != 0 OR sum(unpriced) != 0"
    ).fetchall()
    return [f"total of {row[0]} is not the sum of its days" for row in rows[:_NAMED]]


def _is_passed_over(file: BinaryIO, offset: int) -> bool:
    """Whether `offset` lies in a line too long to be a row, which goes on."""
    file.seek(max(0, offset - reader.MOST_LINE))
    return b"\n" not in file.read(min(offset, reader.MOST_LINE))


def _files(db: sqlite3.Connection) -> list[str]:
    """Whether offsets lie inside the transcripts that are still there, behind a whole line."""
    found = []
    for path, offset, inode, tail in db.execute("SELECT path, offset, inode, tail FROM file"):
        try:
            status = os.stat(path)
            if status.st_ino != inode or status.st_size < offset:
                continue  # another file by now: it will be read from its start
            with open(path, "rb") as file:
                file.seek(max(0, offset - len(tail)))
                if file.read(len(tail)) != tail:
                    continue
                if b"\n" not in tail and _is_passed_over(file, offset):
                    continue
        except (OSError, ValueError):
            continue
        if tail and tail[-1:] != b"\n" and tail.rstrip(BLANK)[-1:] != b"}":
            found.append(f"{path}: read to the middle of a line, at {offset:,}")
    return found
