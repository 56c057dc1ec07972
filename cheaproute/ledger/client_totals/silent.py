"""Compactions that are in no sum, by what sums are grouped by: each marks its rows."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import MAIN, NEVER, compactions

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

# What days are that do not begin at midnight UTC, beside the table of their sums.
SPANS = "local_spans"
# The call before it was not long ago; where none is near, its model is the session's.
_NEAR_MS = 6 * 3_600_000
_MODEL = (
    "coalesce((SELECT model FROM call WHERE ts_ms BETWEEN ?2 - ?3 AND ?2 AND +session = ?1"  # noqa: S608
    f" AND source = {MAIN} ORDER BY ts_ms DESC LIMIT 1),"
    " (SELECT id FROM model WHERE name = s.model), 0)"
)
_COLUMNS = ("day", "ts_ms", "session", "model", "source", "project")


def grouped(
    db: sqlite3.Connection,
    names: Sequence[str],
    keep: str,
    values: Sequence[object],
    reach_ms: tuple[int, int],
    *,
    local: bool = False,
) -> dict[tuple[object, ...], int]:
    """How many `keep` keeps of those of a time, by `names`: SQL on the keys of `daily`, `ts_ms`.

    With `local` days are those that `local.fill` was asked for last.
    """
    rows = compactions(db, *(max(-NEVER, min(at_ms, NEVER)) for at_ms in reach_ms))
    if not rows:
        return {}
    spans = db.execute(f"SELECT * FROM temp.{SPANS}").fetchall() if local else []  # noqa: S608
    model = _MODEL if any("model" in name for name in names) else "0 * (?2 + ?3)"
    told = f"SELECT {model}, s.project FROM session s WHERE id = ?1"  # noqa: S608
    made = []
    for session, ts_ms in rows:
        number, project = db.execute(told, (session, ts_ms, _NEAR_MS)).fetchone() or (0, 0)
        made.append((_day(ts_ms, spans), ts_ms, session, number, MAIN, project))
    columns = ", ".join(f"column{at} AS {name}" for at, name in enumerate(_COLUMNS, 1))
    table = ", ".join(f"({', '.join(map(str, map(int, row)))})" for row in made)
    said = ", ".join((*names, "1"))
    found: dict[tuple[object, ...], int] = {}
    query = f"SELECT {said} FROM (SELECT {columns} FROM (VALUES {table})) WHERE {keep}"  # noqa: S608
    for *of, one in db.execute(query, values):
        found[tuple(of)] = found.get(tuple(of), 0) + one
    return found


def missing(
    db: sqlite3.Connection,
    names: Sequence[str],
    kept: tuple[str, Sequence[object]],
    days: tuple[int, int],
    table: str,
) -> tuple[dict[tuple[object, ...], tuple[int, int]], dict[tuple[object, ...], int]]:
    """What is in no sum of `table` on `days` by `names`, where it is `kept`.

    Requests given up as (requests, nano-dollars), and compactions.
    """
    from cheaproute.ledger.module import given_up

    reach_ms = (days[0] - 1) * DAY_MS, (days[1] + 1) * DAY_MS
    return (
        given_up.grouped(db, names, *kept, table),
        grouped(db, names, *kept, reach_ms, local=table == given_up.LOCAL_DAILY),
    )


def _day(ts_ms: int, spans: Sequence[tuple[int, int, int, int]]) -> int:
    for first, past, start_ms, past_ms in spans:
        if start_ms <= ts_ms < past_ms:
            return min(past - 1, first + (ts_ms - start_ms) // DAY_MS)
    return ts_ms // DAY_MS if not spans else -1


def by_session(db: sqlite3.Connection, first_ms: int, past_ms: int) -> dict[int, int]:
    """How many of a span of time by session."""
    found: dict[int, int] = {}
    for session, _ in compactions(db, first_ms, past_ms):
        found[session] = found.get(session, 0) + 1
    return found
