"""Which of the own ledger's calls were told elsewhere, and in which words: day by day, by identity.

A day whose kept total is as it was when it was last told is not looked at again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import SINCE_DAY, SOURCES
from cheaproute.machines import names
from cheaproute.machines.rows import Row
from cheaproute.usage.call import COUNTS

_STAMP = ("sum(calls)", "sum(cost_nano)", "sum(unpriced)", "sum(partial)", "sum(output)")


def days(ledger: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """(day, its total in a few words) of every day of which single calls are kept."""
    row = ledger.execute("SELECT value FROM meta WHERE key = ?", (SINCE_DAY,)).fetchone()
    since = int(row[0]) if row else 0
    for day, *sums in ledger.execute(
        f"SELECT day, {', '.join(_STAMP)} FROM daily WHERE day >= ? GROUP BY day ORDER BY day",  # noqa: S608
        (since,),
    ):
        yield day, ":".join(map(str, sums))


def own(
    ledger: sqlite3.Connection,
    machine: str,
    day: int,
    named: Mapping[str, str],
    *,
    projects: bool,
) -> Iterator[Row]:
    """The own ledger's calls of `day`; `named`: {its id: name} of what keeps an earlier name."""
    rows = ledger.execute(
        "SELECT call.id, request, ref, source, coalesce(uuid, ''), ts_ms, model.name, cost_nano,"  # noqa: S608
        f" project.path, asked.name, {', '.join(COUNTS)} FROM call"
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
        *counts,
    ) in rows:
        call = names.Own(identity, request, ref, source, session)
        name = named.get(identity) or names.of(ledger, call, machine)
        shown = (project or "").rpartition("/")[2] if projects else ""
        row = (name, ts_ms, model or "", SOURCES[source], tuple(counts), nano, shown)
        yield Row(*row, requested=(asked or "") if nano is None else "")
