"""What a cap counts for calls that have no price: a sum that lacks them would stop nothing.

The books do not guess: there such a call is of unknown price. A cap cannot wait for it, so it takes
the price of the model that was asked for, or where that has none of the newest Opus.
"""

from __future__ import annotations

from cheaproute import days
from cheaproute.usage import prices
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_DEAR = "claude-opus-5-5"
_SUMS = (
    "SELECT coalesce((SELECT name FROM model WHERE id = requested), ''), count(*), sum(input),"
    " sum(output), sum(write_5m), sum(write_1h), sum(read), sum(web_search)"
    " FROM call WHERE cost_nano IS NULL AND {} GROUP BY requested"
)
_OF = {"month": "day >= ?", "day": "day = ?", "session": "session = ?"}


def nano(db: sqlite3.Connection, period: str, now_ms: int, session: int) -> int:
    """What the calls without a price of `period` ('month', 'day', 'session') count as."""
    day = now_ms // days.DAY_MS
    first = days.span(days.month_of(day))[0] if period == "month" else day
    bound = session if period == "session" else first
    table, total = prices.load(), 0
    for requested, calls, *counts in db.execute(_SUMS.format(_OF[period]), (bound,)):
        total += sized(table, requested, calls, counts, now_ms)
    return total


def sized(
    table: prices.Prices, requested: str, calls: int, counts: Sequence[int], now_ms: int
) -> int:
    """What so many calls count as whose sums are `counts` and of which `requested` was asked."""
    call = Call("", now_ms, requested if table.of(requested) else stand_in(table))
    # As so many calls of the same size: a long prompt may have a price of its own.
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = (
        int(count) // calls for count in counts
    )
    return calls * (prices.cost_nano(call, table) or 0)


def counted(call: Call, table: prices.Prices) -> int:
    """What `call` counts as: at a dear price where it has none."""
    cost = prices.cost_nano(call, table)
    if cost is None:
        call.model = stand_in(table)
        cost = prices.cost_nano(call, table)
    return cost or 0


def stand_in(table: prices.Prices) -> str:
    """The model whose price is taken for one that has none."""
    return table.newest(_DEAR)
