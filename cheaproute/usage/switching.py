"""What a call on a chosen model saved: by the model's price, and by the switch between caches."""

from __future__ import annotations

from cheaproute.usage.prices import cost_nano, cost_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices


def would_read(call: Call, before: int, *, warm: bool) -> int:
    """The tokens that `call` would have read from the cache, had its loop kept to one model.

    `before` is the prompt of the loop's call before it; `warm`: its cache lived still. A prompt of
    less than half of that one is another conversation.
    """
    cached = call.write_5m + call.write_1h + call.read
    if not warm or 2 * (cached + call.input) < before:
        return call.read
    return max(call.read, min(before, cached))


def parts_nano(call: Call, over: str, read: int, prices: Prices) -> tuple[int, int, int] | None:
    """What `call` cost, and what that saved against `over` by the price and by the switch.

    `read` is what `over` would have read (`would_read`). None where a price is not known.
    """
    cost, same = cost_nano(call, prices), cost_on(call, over, prices)
    moved = min(max(0, read - call.read), call.write_5m + call.write_1h)
    five = min(moved, call.write_5m)
    warm = call.replace(
        read=call.read + moved, write_5m=call.write_5m - five, write_1h=call.write_1h - moved + five
    )
    kept = cost_on(warm, over, prices)
    if cost is None or same is None or kept is None:
        return None
    return cost, same - cost, kept - same
