"""How a request was served, where its record does not tell: by the client's own cost of it.

A record names the speed that was asked for, and neither the passes of an answer nor its searches.
What its transcript's row says of them wins.
"""

from __future__ import annotations

from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# The only request of the client that searches at the provider. It begins with a question alone:
# its first pass is below any step.
SEARCHER = "web_search_tool"
# The client rounds its own cost to a millionth of a dollar.
ROUNDING_NANO = 1_000


def settle(call: Call, prices: Prices, *, helper: bool) -> None:
    """Set the speed, passes and searches of `call` by the client's cost, at list price.

    A searcher whose cost is explained by nothing is marked until the session's total tells of its
    searches. So is, for good, one whose passes are priced as one prompt by an older client
    (2.1.322): it is counted below the step.
    """
    told, listed = call.client_nano or 0, prices.listed
    standard = cost_nano(call.replace(speed=""), listed)
    if not told or standard is None:
        return
    if call.speed:
        fast = cost_nano(call, listed)
        between = standard + standard // 5 if fast is None else (standard + fast) // 2
        if told < between:
            call.speed = ""
    searcher = call.purpose == SEARCHER
    searches = _searches(call, listed, helper=helper)
    if parts := _below(call, listed):
        passed = _searches(call.replace(parts=parts), listed, helper=helper)
        if searcher or (passed is not None and searches is None):
            call.parts = parts
            if passed is None or searches is not None:
                call.odd, call.final = True, False
            searches = passed if searches is None else searches
    if searcher and searches is None:
        call.final = False
    call.web_search = searches or 0


def _searches(call: Call, prices: Prices, *, helper: bool) -> int | None:
    """How many searches the client's cost of `call` holds beyond its counts; None: no number does.

    Helpers alone search. The client may have asked in the US, or go by the price before.
    """
    for other in (call, call.replace(geo="us"), call.replace(ts_ms=0)):
        beyond = (call.client_nano or 0) - (cost_nano(other, prices) or 0) + ROUNDING_NANO
        count = beyond // prices.search_nano if helper else 0
        if 0 <= beyond - count * prices.search_nano <= 2 * ROUNDING_NANO and count >= 0:
            return count
    return None


def _below(call: Call, prices: Prices) -> tuple[tuple[int, ...], ...]:
    """The counts of `call` in as many passes as stay below its model's step; () where it does."""
    price, prompt = prices.of(call.model), sum(call.prompt())
    row = price.row(call.ts_ms) if price and not call.speed else None
    if row is None or not row.above or prompt <= row.above:
        return ()
    passes = -(-prompt // (row.above - len(call.prompt())))
    return tuple(
        tuple(count * (number + 1) // passes - count * number // passes for count in five)
        for number, five in enumerate([call.counts()[:5]] * passes)
    )
