"""What tokens cost of which only the sum is known. Loaded where two sums are compared.

Their price is the list's. A total in dollars that the client made only chooses between the ways in
which they may have been used, and that where one of them meets it exactly.
"""

from __future__ import annotations

from itertools import product

from cheaproute.usage.prices import rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Price, Prices, Rates, Row

# Clients that are older than a model price it as this one.
_UNKNOWN_AS = "claude-opus-5"


def sum_nano(
    call: Call, beside: Sequence[int], known: int | None, total: int, slack: int, prices: Prices
) -> tuple[int | None, bool]:
    """What the sum `call` cost, nano-dollars (None: its price is unknown), and whether for sure.

    `total` is what the client says of `call` and the counts `beside`, which cost `known` one by one
    (None: not as the client counts). Where that is met within `slack`, all of `call` was so: plain,
    above the step, in fast mode, in the US, or written to the cache for an hour, as `call` then
    says. Else it is the list price, or what is left of the total where a part may have been above
    the step.
    """
    own = prices.of(call.model)
    if own is None:
        return None, True
    row = own.row(call.ts_ms)
    for price, theirs in _books(call, own, prices):
        of_beside = _nano(beside, theirs.base, prices)
        left = total - (known if known is not None and theirs is row else of_beside)
        for kind, percent, hour in _ways(prices):
            counts = _for_an_hour(call.counts()) if hour else call.counts()
            if abs(left - _nano(counts, _rates(price, theirs)[kind], prices, percent)) <= slack:
                call.write_5m, call.write_1h = counts[2:4]
                return _nano(counts, _rates(own, row)[kind], prices, percent), True
    plain, high = (_nano(call.counts(), rates, prices) for rates in (row.base, row.high))
    if known is not None and sum(call.prompt()) > row.above > 0:
        least = row.above * min(a - b for a, b in zip(row.high, row.base, strict=True)) // 1_000_000
        if plain + least <= total - known <= high:
            return total - known, False
    return plain, False


def _books(call: Call, own: Price, prices: Prices) -> Iterator[tuple[Price, Row]]:
    """The prices by which a client may have gone: the user's, the list's, those of an older one."""
    listed = prices.listed
    yield own, own.row(call.ts_ms)
    for model, ts_ms in ((call.model, call.ts_ms), (call.model, 0), (_UNKNOWN_AS, call.ts_ms)):
        if price := listed.of(model):
            yield price, price.row(ts_ms)


def _ways(prices: Prices) -> Iterator[tuple[int, int, bool]]:
    """Which of `_rates`, how many ten-thousandths of it, whether what was written is for an hour.

    The usual first.
    """
    for hour, percent, kind in product((False, True), (100, prices.geo_percent), range(3)):
        yield kind, percent * 100, hour


def _rates(price: Price, row: Row) -> tuple[Rates, Rates, Rates]:
    return row.base, row.high, price.fast or row.base


def _for_an_hour(counts: Sequence[int]) -> tuple[int, ...]:
    return (*counts[:2], 0, counts[2] + counts[3], *counts[4:])


def _nano(counts: Sequence[int], rates: Rates, prices: Prices, percent: int = 10_000) -> int:
    """What the six `counts` cost at `rates`, times so many ten-thousandths."""
    tokens = sum(count * rate for count, rate in zip(counts[:5], rates, strict=True))
    return rounded(tokens, percent) + counts[5] * prices.search_nano
