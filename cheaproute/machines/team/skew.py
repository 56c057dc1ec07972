"""How far this machine's clock is off the team's server, and what a lease makes of that."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from psycopg import Connection

# A lease ends here before the server frees it: twice the skew, at least a minute.
LEAST_MARGIN_S = 60
# A clock that is further off files what is spent under other days than the caps are judged by.
MOST_S = 3_600


def of(db: Connection[tuple[object, ...]], now_ms: int) -> int:
    """By how many seconds the server's clock differs from `now_ms`."""
    row = db.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").fetchone()
    return abs(int(str(row[0])) - now_ms) // 1000 if row else 0


def margin_s(skew_s: int, seconds: int) -> int:
    """By how much a lease of `seconds` ends earlier here than on the server.

    Half of it at most: both count by clocks that nobody sets, so a clock that is far off costs
    time and no safety.
    """
    return max(LEAST_MARGIN_S, min(2 * skew_s, seconds // 2))
