"""How large a lease should be: what this user spends in a busy hour.

So it rarely runs out, and never holds much that others could use.
"""

from __future__ import annotations

import sqlite3

from cheaproute.days import DAY_MS, HOUR_MS

# What a lease holds at least, and what a busy hour is: the p90 of those of two weeks.
LEAST_NANO = 500_000_000
_SIZED_BY_MS = 14 * DAY_MS
_P90 = 0.9


def size(ledger: sqlite3.Connection, now_ms: int, project: str = "") -> int:
    """What a lease should hold, in nano-dollars: the p90 of two weeks' spending hours.

    `project`: of the hours in the project of that name only.
    """
    hours = sorted(
        nano
        for (nano,) in ledger.execute(
            "SELECT sum(cost_nano) FROM call LEFT JOIN project ON project.id = call.project "
            "WHERE ts_ms >= ?1 AND (?2 = '' OR path = ?2 OR path LIKE '%/' || ?2) "
            "GROUP BY ts_ms / ?3 HAVING sum(cost_nano) > 0",
            (now_ms - _SIZED_BY_MS, project, HOUR_MS),
        )
    )
    return max(LEAST_NANO, hours[int(len(hours) * _P90)] if hours else 0)


def works_in(ledger: sqlite3.Connection, name: str) -> bool:
    """Whether this machine has spent anything in a project of that name."""
    row = ledger.execute(
        "SELECT 1 FROM project WHERE path = ?1 OR path LIKE '%/' || ?1 LIMIT 1", (name,)
    ).fetchone()
    return row is not None
