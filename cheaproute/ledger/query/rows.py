"""The single rows of a span of days, for the plan: calls, turns, tool uses, dispatches. Cold."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.query import agent_runs
from cheaproute.ledger.schema import SOURCES
from cheaproute.usage.call import COUNTS, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    # (call, cost in nano-dollars, source, session, project's path)
    Row = tuple[Call, int | None, str, int, str]

_NOT_ASKED = ("reason", "turns")
DISPATCH = ("session", *(name for name in agent_runs.COLUMNS if name not in _NOT_ASKED))

JUDGED = ("beyond", "bounds", "went_up")


def calls(db: sqlite3.Connection, first: int, past: int) -> Iterator[Row]:
    """Every call of the days `first` to before `past`, oldest first."""
    models = dict(db.execute("SELECT id, name FROM model"))
    projects = dict(db.execute("SELECT id, path FROM project"))
    rows = db.execute(
        "SELECT id, ts_ms, model, requested, session, agent, mode, cost_nano, source,"  # noqa: S608
        " project,"
        f" {', '.join(COUNTS)} FROM call WHERE ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms, id",
        (first * DAY_MS, past * DAY_MS),
    )
    for row in rows:
        id_, ts_ms, model, requested, session, agent, mode, cost, source, project, *counts = row
        call = Call(id_, ts_ms, models.get(model, ""), agent=agent)
        call.requested = models.get(requested, "")
        call.mode = mode
        for name, count in zip(COUNTS, counts, strict=True):
            setattr(call, name, count)
        yield call, cost, SOURCES[source], session, projects.get(project, "")


def copied(db: sqlite3.Connection) -> dict[int, list[str]]:
    """The calls that a session holds and that were made in another: a fork's, before it left."""
    found: dict[int, list[str]] = {}
    for session, id_ in db.execute(
        "SELECT file.session, copy.call FROM copy JOIN file ON file.id = copy.file"
        " JOIN call ON call.id = copy.call"
        " WHERE file.agent = '' AND file.session != call.session AND file.session != 0"
    ):
        found.setdefault(session, []).append(id_)
    return found


def state(db: sqlite3.Connection) -> list[tuple[int, ...]]:
    """Counts and sums that change with anything the evidence is drawn from."""
    questions = (
        "SELECT sum(calls), sum(cost_nano), sum(unpriced), sum(output), sum(read) FROM daily",
        "SELECT count(*), sum(offset) FROM file",
        "SELECT count(*), sum(offset) FROM surveyed",
        "SELECT count(*), sum(ended_ms), sum(length(flag) + length(status)) FROM dispatch",
        "SELECT count(*), sum(length(voices)) FROM judged",
    )
    return [tuple(value or 0 for value in db.execute(text).fetchone()) for text in questions]


def turns(
    db: sqlite3.Connection, first: int, past: int
) -> list[tuple[int, int, str, str, str, float]]:
    """`(session, ms, kind, category, tier, confidence)`, by session and time.

    From a day before `first` on: a turn may begin before midnight.
    """
    return db.execute(
        "SELECT session, ts_ms, kind, category, tier, confidence FROM turn"
        " WHERE ts_ms >= ? AND ts_ms < ? ORDER BY session, ts_ms, kind",
        ((first - 1) * DAY_MS, past * DAY_MS),
    ).fetchall()


def tools(
    db: sqlite3.Connection, first: int, past: int
) -> list[tuple[int, str, int, str, str, int, int, int]]:
    """`(session, agent, ms, name, kind, target, bytes, changes)` of each tool use, oldest first."""
    return db.execute(
        "SELECT session, agent, ts_ms, name, kind, target, bytes, changes FROM tool"
        " WHERE ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms, id",
        (first * DAY_MS, past * DAY_MS),
    ).fetchall()


def dispatches(db: sqlite3.Connection, first: int, past: int) -> list[dict[str, object]]:
    """The dispatches of the span, oldest first, by the names in `DISPATCH` and `JUDGED`.

    What was never answered is none: it did no work that could be done over.
    """
    names = (*DISPATCH, *JUDGED)
    rows = db.execute(
        f"SELECT {', '.join('d.' + name for name in DISPATCH)},"  # noqa: S608
        " j.beyond, coalesce(j.bounds, ''), coalesce(instr(j.voices, '; steps: '), 0) > 0"
        " FROM dispatch d LEFT JOIN judged j ON j.id = d.id WHERE d.ts_ms >= ? AND d.ts_ms < ?"
        f" AND NOT {agent_runs.NEVER_RAN} ORDER BY d.ts_ms, d.id",
        (first * DAY_MS, past * DAY_MS),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def by_day(db: sqlite3.Connection, first: int, past: int) -> dict[int, int]:
    """Nano-dollars spent on each day that has calls."""
    return dict(
        db.execute(
            "SELECT day, sum(cost_nano) FROM daily WHERE day >= ? AND day < ? GROUP BY day",
            (first, past),
        )
    )


def main_transcripts(db: sqlite3.Connection, sessions: list[int]) -> dict[int, str]:
    """The path of each session's own transcript, where one is known."""
    found = {}
    for session in sessions:
        row = db.execute(
            "SELECT path FROM file WHERE session = ? AND agent = '' ORDER BY born_ms LIMIT 1",
            (session,),
        ).fetchone()
        if row is not None:
            found[session] = row[0]
    return found


def transcripts(db: sqlite3.Connection, since_ms: int) -> list[str]:
    """Paths of the transcripts of sessions active since then, main ones first."""
    rows = db.execute(
        "SELECT path FROM file WHERE session IN (SELECT id FROM session WHERE last_ms >= ?)"
        " ORDER BY agent != '', path",
        (since_ms,),
    )
    return [row[0] for row in rows]
