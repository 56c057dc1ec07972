"""Requests that were interrupted, into the ledger: what the engine knows of them, and an estimate.

No record of such a request comes. Its prompt is known exactly; what it had answered by then is
taken from the client's own total, which has grown by more than the recorded requests. The row that
the transcript may have of it is the same call, by its request id.
"""

from __future__ import annotations

from cheaproute.ledger import intern
from cheaproute.ledger.calls import told as told_calls
from cheaproute.ledger.calls.record import UNNAMED, Place, Recorder
from cheaproute.ledger.schema import MAIN, SUBAGENT
from cheaproute.usage.call import ESTIMATED, Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from cheaproute.usage.prices import Prices

# An answer that was broken off is not longer.
_MOST_TOKENS = 200_000
_PROBE = 1_000_000
# So many tokens that are sent but not cached make up any sum.
_FEW = 10
# An answer of so many characters is longer than a token or two.
_SAID_CHARS, _CHARS_A_TOKEN = 200, 25


def book(
    db: sqlite3.Connection,
    told: Mapping[str, object],
    gap_nano: int,
    *,
    session: int,
    now_ms: int,
    prices: Prices,
) -> int:
    """Count one interrupted request; what of `gap_nano` is left. Inside the caller's transaction.

    Without a request id nothing is counted: the transcript's row could not be known to be it.
    """
    usage, request, model = told.get("usage"), told.get("request_id"), told.get("model")
    if not isinstance(usage, dict) or not isinstance(request, str) or not request:
        return gap_nano
    agent = told.get("agent")
    answered = usage.get("model")
    call = Call(
        UNNAMED + intern.clean(request),
        now_ms,
        str(answered or model or ""),
        agent=agent if isinstance(agent, str) else "",
        final=False,
        estimated=ESTIMATED,
        request_id=intern.clean(request),
    )
    call.sidechain = bool(call.agent)
    call.count(usage)
    known = cost_nano(call, prices)
    if known is None:
        return gap_nano
    longer = call.output + _tokens(call, gap_nano - known, prices)
    call.output = min(longer, _MOST_TOKENS)
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    place = Place(
        SUBAGENT if call.agent else MAIN,
        session=session,
        project=row[0] if row else 0,
        agent=call.agent,
    )
    call.id = told_calls.kept_as(db, call.request_id) or call.id
    Recorder(db, prices).put(call, place)
    return max(0, gap_nano - (cost_nano(call, prices) or 0))


def guess(call: Call, said_chars: int, client_nano: int, prices: Prices) -> None:
    """Mark `call` where its stream was cut: its output is the count of tokens that it began with.

    It said more than that. What the client guesses of it stands, if at all, in its own cost alone.
    """
    if said_chars <= max(_SAID_CHARS, _CHARS_A_TOKEN * call.output):
        return
    call.odd, call.final = True, False
    known = cost_nano(call, prices)
    if known is not None:
        call.output += min(_tokens(call, client_nano - known, prices), said_chars)


def fit(call: Call, nano: int, prices: Prices) -> None:
    """Let the counts of `call` cost `nano` as nearly as counts can, if its model has a price.

    What was sent counts as written to the cache, but for the few tokens that make up the sum.
    """
    call.output = min(call.output, _tokens(call, nano // 2, prices))
    call.input = call.write_5m = call.write_1h = call.read = 0
    answered, million = cost_nano(call, prices), Call("", call.ts_ms, call.model)
    million.write_5m = _PROBE
    written = cost_nano(million, prices)
    million.input, million.write_5m = _PROBE, 0
    sent = cost_nano(million, prices)
    if not answered or not written or not sent:
        return
    rest = (nano - answered) * _PROBE
    best = written
    for count in range(_FEW):
        left = rest - count * sent
        if left >= 0 and left % written < best:
            best, call.input, call.write_5m = left % written, count, left // written


def _tokens(call: Call, nano: int, prices: Prices) -> int:
    """How many tokens of an answer cost `nano`."""
    price = cost_nano(Call("", call.ts_ms, call.model, output=_PROBE), prices)
    return max(0, nano) * _PROBE // price if price else 0
