"""Requests that were given up before the first word of their answer: in no sum, so each says so.

Nobody is told whether such a one is billed. The module tells of it, with what it asked for. A span
is `(requests, nano-dollars)`, the second what they are likely to have cost.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS, span
from cheaproute.ledger import intern
from cheaproute.ledger.schema import MAIN, NEVER, SUBAGENT, any_given_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    # When it was asked (UTC milliseconds), model, agent ("": none), nano-dollars.
    GivenUp = tuple[int, str, str, int]

NONE = (0, 0)
# The same by days that do not begin at midnight UTC (`ledger/query/local`), and of all machines,
# beside the tables of their sums.
EVERYWHERE = "everywhere"
LOCAL = "local_given_up"
LOCAL_DAILY = "local_daily"
_BESIDE = {LOCAL_DAILY: LOCAL, EVERYWHERE: "everywhere_given_up"}
_COLUMNS = "session, model, agent, requests, nano"
# As `daily` groups calls; a model without a call has no number, and no row that could be marked.
_ROWS = (
    "(SELECT {day} AS day, {time} AS ts_ms, (SELECT id FROM model WHERE name = g.model) AS model,"  # noqa: S608
    f" CASE agent WHEN '' THEN {MAIN} ELSE {SUBAGENT} END AS source,"
    " coalesce((SELECT project FROM session WHERE id = g.session), 0) AS project,"
    " requests, nano FROM {table} AS g)"
)
_SUM = "SELECT coalesce(sum(requests), 0), coalesce(sum(nano), 0) FROM given_up WHERE "


def asked_ms(told: dict[str, object], otherwise: int) -> int:
    """When a request was asked by the hand's word, `otherwise` where that cannot be."""
    at_ms = told.get("at_ms")
    return at_ms if type(at_ms) is int and abs(otherwise - at_ms) < DAY_MS else otherwise


def put(
    db: sqlite3.Connection,
    session: int,
    cwd: str,
    told: Iterable[GivenUp],
) -> int:
    """Note requests of a session, each once; what those cost that are new. Inside the caller's."""
    new = 0
    for at_ms, model, agent, nano in told:
        noted = db.execute(
            "INSERT INTO given_up VALUES(?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING",
            (session, at_ms, intern.clean(model), intern.clean(agent), nano),
        )
        new += nano * noted.rowcount
    db.execute(
        "UPDATE session SET project = ? WHERE id = ? AND project = 0",
        (intern.project_id(db, cwd), session),
    )
    return new


def between(
    db: sqlite3.Connection, first_ms: int, past_ms: int, session: int | None = None
) -> tuple[int, int]:
    """Those of a span of time, of all sessions or one."""
    if not any_given_up(db):
        return NONE
    of = "" if session is None else " AND session = ?"
    values = (first_ms, past_ms, *([] if session is None else [session]))
    requests, nano = db.execute(f"{_SUM}ts_ms >= ? AND ts_ms < ?{of}", values).fetchone()
    return int(requests), int(nano)


def of_period(db: sqlite3.Connection, key: str) -> tuple[int, int]:
    """Those that the sum under `key` lacks: `month:2026-11`, `day:20414`, `session:17`."""
    kind, _, name = key.partition(":")
    if kind == "session":
        return between(db, 0, NEVER, int(name))
    first, past = span(name) if kind == "month" else (int(name), int(name) + 1)
    return between(db, first * DAY_MS, past * DAY_MS)


def by_session(db: sqlite3.Connection, first_ms: int, past_ms: int) -> dict[int, tuple[int, int]]:
    """Those of a span of time by session."""
    if not any_given_up(db):
        return {}
    rows = db.execute(
        "SELECT session, sum(requests), sum(nano) FROM given_up WHERE ts_ms >= ? AND ts_ms < ?"
        " GROUP BY session",
        (first_ms, past_ms),
    )
    return {session: (requests, nano) for session, requests, nano in rows}


def of_session(db: sqlite3.Connection, session: int, key: str) -> dict[str, tuple[int, int]]:
    """Those of a session by `model` or by `agent` (its id)."""
    if not any_given_up(db):
        return {}
    rows = db.execute(
        f"SELECT {key}, sum(requests), sum(nano) FROM given_up WHERE session = ? GROUP BY 1",  # noqa: S608
        (session,),
    )
    return {name: (requests, nano) for name, requests, nano in rows}


def grouped(
    db: sqlite3.Connection,
    names: Sequence[str],
    keep: str,
    values: Sequence[object],
    table: str = "",
) -> dict[tuple[object, ...], tuple[int, int]]:
    """Those that `keep` keeps, by `names`: SQL on the keys of `daily` and `ts_ms`.

    `table`: where the sums are read that they belong to.
    """
    kept = _rows(db, table)
    found: dict[tuple[object, ...], tuple[int, int]] = {}
    if not kept:
        return found
    said = ", ".join((*names, "requests", "nano"))
    for *of, requests, nano in db.execute(f"SELECT {said} FROM {kept} WHERE {keep}", values):  # noqa: S608
        before = found.get(tuple(of), NONE)
        found[tuple(of)] = (before[0] + requests, before[1] + nano)
    return found


def _rows(db: sqlite3.Connection, table: str) -> str:
    """What a query reads them from, with the keys of `daily`; "" where there is none."""
    if table != EVERYWHERE and not any_given_up(db):
        return ""
    if table in _BESIDE:
        return _ROWS.format(day="day", time="0", table=f"temp.{_BESIDE[table]}")
    return _ROWS.format(day=f"ts_ms / {DAY_MS}", time="ts_ms", table="given_up")


def fill(db: sqlite3.Connection, runs: Sequence[tuple[int, int, int, int]]) -> None:
    """Make `LOCAL` anew from runs of days, `(first, past, start_ms, past_ms)`."""
    if not any_given_up(db):
        return
    db.execute(f"DROP TABLE IF EXISTS temp.{LOCAL}")
    db.execute(f"CREATE TEMP TABLE {LOCAL}(day, {_COLUMNS})")
    for first, past, start_ms, past_ms in runs:
        db.execute(
            f"INSERT INTO temp.{LOCAL} SELECT min(?, ? + (ts_ms - ?) / {DAY_MS}), {_COLUMNS}"  # noqa: S608
            " FROM given_up WHERE ts_ms >= ? AND ts_ms < ?",
            (past - 1, first, start_ms, start_ms, past_ms),
        )


def fill_everywhere(
    db: sqlite3.Connection, told: Iterable[tuple[int, str, bool, int, int]]
) -> None:
    """Make those of all machines anew: this one's, and `told` of others.

    These are (day, model, whether of a subagent, requests, nano-dollars).
    """
    name = _BESIDE[EVERYWHERE]
    db.execute(f"DROP TABLE IF EXISTS temp.{name}")
    db.execute(f"CREATE TEMP TABLE {name}(day, {_COLUMNS})")
    if any_given_up(db):
        own = f"SELECT ts_ms / {DAY_MS}, {_COLUMNS} FROM main.given_up"  # noqa: S608
        db.execute(f"INSERT INTO temp.{name} {own}")
    db.executemany(
        f"INSERT INTO temp.{name} VALUES(?, 0, ?, ?, ?, ?)",
        [(day, model, "other" if agent else "", *gone) for day, model, agent, *gone in told],
    )
