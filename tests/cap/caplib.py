"""A ledger with money in it, for the tests of the cap."""

from __future__ import annotations

import sqlite3

from cheaproute.money import NANO

NOW = 1_795_350_600_000  # 2026-11-22 12:30 UTC, a Sunday
DAY_MS = 86_400_000


def spend(
    db: sqlite3.Connection,
    dollars: float | None,
    *,
    now_ms: int = NOW,
    session: int = 1,
    source: int = 0,
    count: list[int] = [0],  # noqa: B006 - the next message id
) -> None:
    """Book one call of that price (None: unknown) as the meter would."""
    count[0] += 1
    db.execute(
        "INSERT INTO call(id, ts_ms, day, model, source, session, cost_nano)"
        " VALUES(?, ?, ?, 1, ?, ?, ?)",
        (
            f"msg_{count[0]}",
            now_ms,
            now_ms // DAY_MS,
            source,
            session,
            None if dollars is None else round(dollars * NANO),
        ),
    )
