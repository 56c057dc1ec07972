"""What the team's members spent, as the server shows it to whoever asks."""

from __future__ import annotations

from cheaproute.ledger.query.totals import Sums
from cheaproute.machines.team import admin, connection
from cheaproute.usage.call import COUNTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from psycopg import Connection

_COLUMNS = (
    "input_tokens", "output_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_read_tokens", "web_searches",
)  # fmt: skip
assert len(_COLUMNS) == len(COUNTS)  # noqa: S101


def by_person(
    db: Connection[tuple[object, ...]], first_ms: int, past_ms: int
) -> list[tuple[str, Sums]]:
    """Each member's sums of the span, the dearest first; one's own alone, as the policy has it.

    Raises:
        CheaprouteError: the server refuses, or goes away.
    """
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in _COLUMNS)
    with connection.refusals():
        knows = admin.version(db) >= admin.OPEN_CALLS
        is_open = "count(*) FILTER (WHERE c.is_open)" if knows else "0"
        rows = db.execute(
            f"SELECT p.name, count(*), {sums}, coalesce(sum(c.cost_nano), 0)::bigint, 0, "  # noqa: S608
            f"count(*) FILTER (WHERE c.cost_nano IS NULL), {is_open} FROM cheaproute.call c "
            "JOIN cheaproute.person p ON p.id = c.person "
            "WHERE c.ts >= to_timestamp(%s / 1000.0) AND c.ts < to_timestamp(%s / 1000.0) "
            "GROUP BY p.name ORDER BY 9 DESC, 1".encode(),
            (first_ms, past_ms),
        ).fetchall()
    return [
        (str(name) or "(left)", Sums(tuple(int(str(one)) for one in values)))
        for name, *values in rows
    ]
