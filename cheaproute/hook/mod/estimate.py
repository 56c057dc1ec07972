"""What a request that has not left yet is likely to cost: its loop's context, warm or cold."""

from __future__ import annotations

from cheaproute.ledger import loops
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices

# Where nothing is known: bytes of a request's JSON for a token, tokens of an answer.
BYTES_A_TOKEN = 4
OUTPUT_TOKENS = 600
# A request much smaller than the loop's last one is no request of the loop: a title, a reader.
_SAME_SHARE = 0.5


class Flight:
    """A request: its model, its length in bytes (0: not known), the agent that makes it."""

    __slots__ = ("agent", "bytes", "model")

    def __init__(self, told: dict[str, object]) -> None:
        model, size, agent = told.get("model"), told.get("bytes"), told.get("agent")
        self.model = model if isinstance(model, str) else ""
        self.bytes = size if type(size) is int and 0 <= size < 1 << 40 else 0
        self.agent = agent if isinstance(agent, str) else ""


def nano(flight: Flight, db: sqlite3.Connection, session: int, prices: Prices, now_ms: int) -> int:
    """The likely cost in nano-dollars; 0 where the model has no price."""
    loop = loops.read(db, session, flight.agent)
    call = Call("", now_ms, flight.model)
    call.output = loop.output_tokens or OUTPUT_TOKENS
    size = flight.bytes or loop.bytes
    if loop.prompt_tokens and (not loop.bytes or size >= loop.bytes * _SAME_SHARE):
        ratio = loop.prompt_tokens / loop.bytes if loop.bytes else 0
        tokens = loop.prompt_tokens + int(max(0, size - loop.bytes) * ratio)
        if loop.warm(flight.model, now_ms):
            call.read, call.write_5m = loop.prompt_tokens, tokens - loop.prompt_tokens
        else:
            call.write_5m = tokens
    else:
        call.write_5m = size // BYTES_A_TOKEN
        call.output = OUTPUT_TOKENS
    return cost_nano(call, prices) or 0
