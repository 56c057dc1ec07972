"""What tokens may have cost of which only the sum is known. Loaded where two sums are compared."""

from __future__ import annotations

from cheaproute.usage.prices import rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices


def bounds_nano(call: Call, prices: Prices) -> tuple[int, int] | None:
    """The least and the most that the tokens of `call` may have cost, however they were spread.

    For a sum of calls: each may or may not have been above a step, in fast mode, in the US.
    None if the price is unknown.
    """
    price = prices.of(call.model)
    if price is None:
        return None
    row = price.row(call.ts_ms)
    rates = list(zip(row.base, row.high, price.fast or row.base, strict=True))
    counts = call.counts()[:5]
    low = sum(count * min(rate) for count, rate in zip(counts, rates, strict=True))
    high = sum(count * max(rate) for count, rate in zip(counts, rates, strict=True))
    searches = call.web_search * prices.search_nano
    return rounded(low, 10_000) + searches, rounded(high, prices.geo_percent * 100) + searches
