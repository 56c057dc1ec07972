"""Which of the own ledger's calls were told elsewhere, and in which words: day by day, by identity.

A day whose kept total is as it was when it was last told is not looked at again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from cheaproute.days import DAY_MS
from cheaproute.ledger.schema import SINCE_DAY, SOURCES, UNLISTED
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


def identity_of(call: str, request: str) -> str:
    """What a call is called among machines: by message id and request id, where both are known.

    The ledger's own id of the first request of a message leaves the request out, and which was the
    first is a matter of what that machine saw.
    """
    base, sign, share = call.partition("#")
    if not request or base.startswith("req:"):
        return call
    return f"{base.partition('@')[0]}@{request}{sign}{share}"


def owned(ledger: sqlite3.Connection, identity: str) -> bool:
    """Whether this machine's own ledger has the call of that name, in whatever form.

    A call without an id of the API is named `<machine>/<its id there>`.
    """
    plain = identity.rpartition("/")[2]
    if ledger.execute("SELECT 1 FROM call WHERE id = ?", (plain,)).fetchone():
        return True
    base, sign, share = plain.partition("#")
    message, _, request = base.partition("@")
    if not request:
        return False
    for call, told in ledger.execute("SELECT id, request FROM call WHERE request = ?", (request,)):
        if identity_of(call, told) == plain or call == f"req:{request}{sign}{share}":
            return True
    # Rows of before requests were kept have the message alone.
    row = ledger.execute(
        "SELECT 1 FROM call WHERE id = ? AND request = ''", (f"{message}{sign}{share}",)
    ).fetchone()
    return row is not None


def own(
    ledger: sqlite3.Connection,
    machine: str,
    day: int,
    names: Mapping[str, str],
    *,
    projects: bool,
) -> Iterator[Row]:
    """The own ledger's calls of `day`; `names`: how those without an id of the API were called."""
    rows = ledger.execute(
        "SELECT call.id, request, ts_ms, model.name, source, cost_nano, project.path,"  # noqa: S608
        f" {', '.join(COUNTS)} FROM call LEFT JOIN model ON model.id = call.model"
        " LEFT JOIN project ON project.id = call.project WHERE ts_ms >= ? AND ts_ms < ?",
        (day * DAY_MS, (day + 1) * DAY_MS),
    )
    for identity, request, ts_ms, model, source, nano, project, *counts in rows:
        # Only the client's own running totals tell of these: no id of the API, so the machine's.
        named = names.get(identity) or f"{machine}/{identity}"
        name = named if source == UNLISTED else identity_of(identity, request)
        shown = (project or "").rpartition("/")[2] if projects else ""
        yield Row(name, ts_ms, model or "", SOURCES[source], tuple(counts), nano, shown)
