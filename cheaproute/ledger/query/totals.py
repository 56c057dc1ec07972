"""Read models: all SQL that totals is here, and reads the kept totals, never the calls.

Money is integer nano-dollars; days are days since 1970-01-01, UTC; spans are half open.
"""

from __future__ import annotations

from cheaproute.ledger import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

FIELDS = (
    "calls", "input", "output", "write_5m", "write_1h", "read", "web_search",
    "cost_nano", "saved_nano", "unpriced", "partial",
)  # fmt: skip
# Fewer letters of a uuid name nothing.
_LEAST_LETTERS = 4
_NONE = (0, 0)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in FIELDS)
# The same of the single calls, where the kept totals do not serve.
_PER_CALL = {
    "calls": "count(*)",
    "cost_nano": "sum(coalesce(cost_nano, 0))",
    "unpriced": "sum(cost_nano IS NULL)",
    "partial": "sum(1 - final)",
}
OF_CALLS = tuple(f"{_PER_CALL.get(name, f'sum({name})')} AS {name}" for name in FIELDS)

# What can be grouped by -> what SQL groups by, and the name of such a group. Names are looked up
# for groups, not for rows: `/costs` waits for this.
_KEYS = {
    "model": ("model", "(SELECT name FROM model WHERE id = {k})"),
    "source": ("source", "{k}"),
    "day": ("day", "date({k} * 86400, 'unixepoch')"),
    "project": ("project", "coalesce((SELECT path FROM project WHERE id = {k}), '')"),
    "week": ("day - (day + 3) % 7", "date({k} * 86400, 'unixepoch')"),  # its Monday
    "month": ("strftime('%Y-%m', day * 86400, 'unixepoch')", "{k}"),
}
KEYS = tuple(_KEYS)


class Sums:
    """What some calls came to.

    `unpriced` calls cost more than `cost_nano` knows of; `partial` ones lack their final row, so
    that tokens and cost are a lower bound. `given_up` are (requests, nano-dollars) that belong to
    these calls and are in none of the other fields (`ledger/module/given_up`), nor are so many
    `compactions`. `least`: a part of it is a lower bound, so that it is one, too.
    """

    __slots__ = (*FIELDS, "compactions", "given_up", "least")

    calls: int
    input: int
    output: int
    write_5m: int
    write_1h: int
    read: int
    web_search: int
    cost_nano: int
    saved_nano: int
    unpriced: int
    partial: int
    given_up: tuple[int, int]
    compactions: int
    least: bool

    def __init__(
        self,
        values: tuple[int, ...] = (0,) * len(FIELDS),
        given_up: tuple[int, int] = _NONE,
    ) -> None:
        self.given_up, self.compactions, self.least = given_up, 0, False
        for name, value in zip(FIELDS, values, strict=True):
            setattr(self, name, value)

    @property
    def lower_bound(self) -> bool:
        """Whether over one call in 200 lacks its end, or a request or compaction is missing."""
        missing = self.given_up[0] + self.compactions
        return self.least or schema.is_lower(self.partial, self.calls, missing)

    @property
    def lacks_ends(self) -> bool:
        """Whether it is a lower bound by the calls that lack their final row."""
        few = self.least and self.partial > 0
        return few or schema.is_lower(self.partial, self.calls)

    @property
    def prompt(self) -> int:
        """Tokens sent: read from the cache, written to it, or neither."""
        return self.input + self.write_5m + self.write_1h + self.read


def total(rows: list[tuple[str, Sums]], *, apart: bool = False) -> Sums:
    """The sum of all `rows`; of books `apart` it is a lower bound where one of them is."""
    requests, nano = (sum(row.given_up[at] for _, row in rows) for at in range(2))
    counts = tuple(sum(getattr(row, name) for _, row in rows) for name in FIELDS)
    found = Sums(counts, (requests, nano))
    found.compactions = sum(row.compactions for _, row in rows)
    found.least = apart and any(row.lower_bound for _, row in rows)
    return found


def by(
    db: sqlite3.Connection,
    key: str,
    first: int,
    past: int,
    *,
    project: str = "",
    table: str = "daily",
) -> list[tuple[str, Sums]]:
    """Sums of the days `first` to before `past`, by one of `KEYS`: dearest first, times in order.

    `project` keeps one project's calls and those of the directories below it. `table` is `daily`,
    or `local.TABLE` for days that are not UTC's.
    """
    keep, values = within(db, first, past, project)
    order = "1" if key in ("day", "week", "month") else "9 DESC, 2 DESC, 1"
    group, name = _KEYS[key]
    rows = db.execute(
        f"SELECT {name.format(k='k')}, {', '.join(FIELDS)} FROM (SELECT {group} AS k, {_SUMS}"  # noqa: S608
        f" FROM {table} WHERE {keep} GROUP BY 1) WHERE calls > 0 ORDER BY {order}",
        values,
    )
    found = [(row[0], Sums(row[1:])) for row in rows]
    mark(db, {(kept,): sums for kept, sums in found}, (key,), (first, past), project, table)
    return [(schema.SOURCES[kept] if key == "source" else kept, sums) for kept, sums in found]


def cross(
    db: sqlite3.Connection,
    keys: tuple[str, str],
    first: int,
    past: int,
    *,
    project: str = "",
    table: str = "daily",
) -> dict[tuple[str, str], Sums]:
    """Sums by two of `KEYS` at once, without an order."""
    keep, values = within(db, first, past, project)
    (one, one_name), (two, two_name) = (_KEYS[key] for key in keys)
    rows = db.execute(
        f"SELECT {one_name.format(k='k')}, {two_name.format(k='l')}, {', '.join(FIELDS)}"  # noqa: S608
        f" FROM (SELECT {one} AS k, {two} AS l, {_SUMS} FROM {table} WHERE {keep} GROUP BY 1, 2)"
        " WHERE calls > 0",
        values,
    )
    found = {row[:2]: Sums(row[2:]) for row in rows}
    mark(db, found, keys, (first, past), project, table)
    return found


def mark(
    db: sqlite3.Connection,
    found: dict[Any, Sums],
    keys: tuple[str, ...],
    days: tuple[int, int],
    project: str = "",
    table: str = "",
) -> None:
    """Let `found`, by `keys` as `by` names them, say what of `days` (first, past) is in no sum."""
    from cheaproute.ledger.client_totals import silent

    names = [_KEYS[key][1].format(k=_KEYS[key][0]) for key in keys]
    gone, lost = silent.missing(db, names, within(db, *days, project), days, table)
    for kept, sums in found.items():
        sums.given_up, sums.compactions = gone.get(kept, _NONE), lost.get(kept, 0)


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> Sums:
    """Sums of the calls of a span of time; reads them one by one, by index."""
    query = f"SELECT {', '.join(OF_CALLS)} FROM call WHERE ts_ms >= ? AND ts_ms < ?"  # noqa: S608
    from cheaproute.ledger.module import given_up as giving_up

    counts = db.execute(query, (first_ms, past_ms)).fetchone()
    found = Sums(tuple(n or 0 for n in counts), giving_up.between(db, first_ms, past_ms))
    found.compactions = len(schema.compactions(db, first_ms, past_ms))
    return found


def within(
    db: sqlite3.Connection, first: int, past: int, project: str, *, column: str = "day"
) -> tuple[str, list[int]]:
    """The condition that keeps a span and a project, and its values."""
    keep = f"{column} >= ? AND {column} < ?"
    if not project:
        return keep, [first, past]
    ids = projects_under(db, project)
    marks = ",".join("?" * len(ids))
    return f"{keep} AND project IN ({marks})", [first, past, *ids]


def projects_under(db: sqlite3.Connection, path: str) -> list[int]:
    """Ids of the project at `path` and of those below it."""
    path = path.rstrip("/\\") or path
    return [
        row[0]
        for row in db.execute("SELECT id, path FROM project")
        if row[1] == path or row[1].startswith((path + "/", path + "\\"))
    ]


def first_day(db: sqlite3.Connection) -> int | None:
    """The day of the oldest call, None in an empty ledger."""
    day: int | None = db.execute("SELECT min(day) FROM daily WHERE calls > 0").fetchone()[0]
    return day


def last_day(db: sqlite3.Connection) -> int | None:
    """The day of the newest call, None in an empty ledger."""
    day: int | None = db.execute("SELECT max(day) FROM daily WHERE calls > 0").fetchone()[0]
    return day


def session_id(db: sqlite3.Connection, uuid: str) -> int | None:
    """The ledger's number of a session, None if it has not been seen."""
    row = db.execute("SELECT id FROM session WHERE uuid = ?", (uuid,)).fetchone()
    return row[0] if row else None


def find_session(db: sqlite3.Connection, said: str) -> int | None:
    """The session of this number, or whose uuid alone begins so; None if there is none."""
    exactly = "SELECT id FROM session WHERE CAST(id AS TEXT) = ?1 OR uuid = ?1 LIMIT 2"
    rows = db.execute(exactly, (said,)).fetchall() or beginning(db, said)
    return rows[0][0] if len(rows) == 1 else None


def beginning(db: sqlite3.Connection, said: str) -> list[tuple[int, str]]:
    """(number, uuid) of the sessions whose uuid begins so, the latest first, at most ten."""
    if len(said) < _LEAST_LETTERS:
        return []
    return db.execute(
        "SELECT id, uuid FROM session WHERE substr(uuid, 1, length(?1)) = ?1 ORDER BY last_ms DESC"
        " LIMIT 10",
        (said,),
    ).fetchall()


def latest_session(db: sqlite3.Connection) -> int:
    """The session that was active last, 0 if there is none."""
    row = db.execute("SELECT id FROM session ORDER BY last_ms DESC, id DESC LIMIT 1").fetchone()
    return row[0] if row else 0
