"""Made ledgers: nothing, a day, a year; the same every time."""

from __future__ import annotations

import random
import sqlite3

from cheaproute.days import DAY_MS
from cheaproute.ledger import schema

# 2026-11-22 15:30 UTC, a Sunday.
NOW_MS = 1_795_361_400_000
TODAY = NOW_MS // DAY_MS

# model, share of the calls, USD per million tokens: input, output, 5m write, 1h write, read
_MODELS = (
    ("claude-opus-5-5", 60, (4, 20, 5, 8, 0.2)),
    ("claude-sonnet-5-5", 25, (2, 10, 2.5, 4, 0.1)),
    ("claude-haiku-5-5", 15, (0.1, 0.5, 0.125, 0.2, 0.01)),
)
_PROJECTS = ("/home/u/src/shop", "/home/u/src/shop/api", "/home/u/notes", "/srv/data/pipelines")
_CATEGORIES = ("search", "read", "summarise", "implement", "debug", "architecture")


def add_call(
    db: sqlite3.Connection,
    id_: str,
    day: int,
    *,
    model: str = "claude-opus-5-5",
    source: int = schema.MAIN,
    project: str = "/home/u/src/shop",
    cost_nano: int | None = 1_000_000_000,
    saved_nano: int = 0,
    final: int = 1,
    session: int = 0,
    file: int = 0,
    agent: str = "",
    tokens: tuple[int, int, int, int, int] = (10, 100, 0, 1000, 50_000),
) -> None:
    """Put one call into the ledger; `tokens` are input, output, 5m and 1h writes, reads."""
    db.execute(
        "INSERT INTO call(id, ts_ms, day, model, source, project, session, file, agent, input,"
        " output, write_5m, write_1h, read, cost_nano, saved_nano, final)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id_,
            day * DAY_MS + 43_200_000,
            day,
            _id(db, "model", "name", model),
            source,
            _id(db, "project", "path", project),
            session,
            file,
            agent,
            *tokens,
            cost_nano,
            saved_nano,
            final,
        ),
    )


def add_session(db: sqlite3.Connection, uuid: str, project: str, first: int, last: int) -> int:
    """Put a session into the ledger; its number."""
    found = db.execute(
        "INSERT INTO session(uuid, project, first_ms, last_ms) VALUES(?, ?, ?, ?) RETURNING id",
        (uuid, _id(db, "project", "path", project), first * DAY_MS, last * DAY_MS),
    ).fetchone()
    return int(found[0])


def add_dispatch(db: sqlite3.Connection, id_: str, day: int, **columns: object) -> None:
    """Put a subagent into the ledger."""
    columns = {"id": id_, "ts_ms": day * DAY_MS, "session": 0, **columns}
    marks = ",".join("?" * len(columns))
    db.execute(
        f"INSERT INTO dispatch({','.join(columns)}) VALUES({marks})",
        tuple(columns.values()),
    )


def set_cap(db: sqlite3.Connection, usd: int, name: str = "month") -> None:
    """Set a cap."""
    db.execute("INSERT OR REPLACE INTO cap VALUES(?, ?, 'command', 0)", (name, usd * 10**9))


def year(db: sqlite3.Connection, *, calls_a_day: int = 40) -> None:
    """A year up to today: weekends quieter, subagents, delegated and unlisted calls, a cap."""
    made = random.Random(7)
    db.execute("BEGIN")
    for day in range(TODAY - 365, TODAY + 1):
        weekend = (day + 3) % 7 > 4
        uuid = f"{day:08x}-0000-4000-8000-000000000000"
        session = add_session(db, uuid, made.choice(_PROJECTS), day, day)
        for n in range(made.randrange(calls_a_day) // (4 if weekend else 1)):
            _made_call(db, made, day, n, session)
        for n in range(made.randrange(6)):
            routed = made.random() < 0.4
            add_dispatch(
                db,
                f"toolu_{day}_{n}",
                day,
                session=session,
                category=made.choice(_CATEGORIES),
                tier="haiku" if routed else "opus",
                agent_type="Explore",
                reason="asks where something is",
                action="routed" if routed else "same",
                routed="haiku" if routed else "",
                instead="claude-opus-5-5",
                confidence=0.9,
                resolved="claude-haiku-5-5" if routed else "claude-opus-5-5",
                status="ok",
            )
    set_cap(db, 150)
    db.execute("COMMIT")


def _made_call(db: sqlite3.Connection, made: random.Random, day: int, n: int, session: int) -> None:
    model, _, rates = made.choices(_MODELS, [share for _, share, _ in _MODELS])[0]
    tokens = (
        made.randrange(50),
        made.randrange(50, 4000),
        made.randrange(4000),
        made.randrange(20_000),
        made.randrange(20_000, 180_000),
    )
    order = (rates[0], rates[1], rates[2], rates[3], rates[4])
    cost = sum(round(count * rate * 1000) for count, rate in zip(tokens, order, strict=True))
    haiku = "haiku" in model
    source = made.choice((schema.SUBAGENT, schema.DELEGATED)) if haiku else schema.MAIN
    if made.random() < 0.05:
        source = schema.UNLISTED
    add_call(
        db,
        f"msg_{day}_{n}",
        day,
        model=model,
        source=source,
        project=made.choice(_PROJECTS),
        cost_nano=cost,
        saved_nano=cost * 30 if source == schema.SUBAGENT else 0,
        session=session,
        tokens=tokens,
    )


def _id(db: sqlite3.Connection, table: str, column: str, value: str) -> int:
    db.execute(f"INSERT OR IGNORE INTO {table}({column}) VALUES(?)", (value,))
    row = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
    return int(row[0])
