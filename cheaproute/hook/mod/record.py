"""`telemetry.log`: the requests that were answered since the last question, into the books."""

from __future__ import annotations

from cheaproute.hook.event import text_in
from cheaproute.hook.mod import estimate
from cheaproute.ledger import intern, loops
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.schema import HELPER
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_HOUR_S, _MINUTES_S = 3600, 300


def book(event: Event, context: Context) -> bool:
    """Count each request that the question brings, once; note what its loop now carries.

    True: the hand may forget them.
    """
    told = event.raw.get("calls")
    records = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if not records:
        return True
    db = context.ledger
    with Immediate(db):
        new = telemetry.book(
            db,
            records,
            session=event.session,
            cwd=event.cwd,
            now_ms=context.now_ms,
            prices=context.prices,
        )
        sizes = {text_in(one, "request_id"): estimate.size(one) for one in records}
        for billed in new:
            call = billed.call
            if billed.source == HELPER:
                continue
            loops.answered(
                db,
                intern.session_id(db, billed.session),
                call.agent,
                ran=call.model,
                at_ms=call.ts_ms,
                ttl_s=_HOUR_S if call.write_1h else _MINUTES_S,
                size=sizes.get(call.request_id, 0),
                prompt_tokens=call.input + call.write_5m + call.write_1h + call.read,
                output_tokens=call.output,
            )
    return True
