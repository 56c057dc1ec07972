"""What many usual calls of one model cost, by columns; one by one it is `Price.plain`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.usage.prices import Price


def plain(price: Price, ts_ms: Sequence[int], *counts: Sequence[int]) -> list[int]:
    """Nano-dollars of calls of one pass at the standard speed, searches aside.

    `counts` are their input, output, cache writes of 5 minutes and of an hour, and cache reads.
    """
    row = price.rows[-1]
    if row.above or (len(price.rows) > 1 and min(ts_ms) < row.since_ms):
        return list(map(price.plain, ts_ms, *counts))
    p, q, r, s, t = row.base
    sums = (a * p + b * q + c * r + d * s + e * t for a, b, c, d, e in zip(*counts, strict=True))
    return [(total + 500_000) // 1_000_000 for total in sums]
