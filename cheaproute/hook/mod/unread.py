"""Answers that the client could not read, for which no record comes: booked by an estimate.

A gateway that answers a streaming request with one JSON text is such a case: the client asks once
more, without streaming, and what is recorded of that is the estimate for both. Of one that was
`cut` nothing is known but that it was.
"""

from __future__ import annotations

from cheaproute.hook.event import text_in
from cheaproute.hook.mod import estimate
from cheaproute.ledger import intern
from cheaproute.ledger.calls.record import UNNAMED, Place, Recorder
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.schema import HELPER, MAIN, SUBAGENT
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import ESTIMATED, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.usage.prices import Prices


def book(told: Sequence[dict[str, object]], event: Event, context: Context) -> bool:
    """Put each of `told` into the books once; True."""
    try:
        _book(told, event.session, context)
    except Exception as error:
        from cheaproute.ledger.ingest import faults

        if not faults.is_of_a_row(error):
            raise
        for one in told:  # the odd one is lost, the others are not
            _book_alone(one, event, context)
    return True


def _book_alone(one: dict[str, object], event: Event, context: Context) -> None:
    context.attempt("unread", lambda: _book([one], event.session, context), None)


def _book(told: Sequence[dict[str, object]], uuid: str, context: Context) -> None:
    db, prices = context.ledger, context.prices
    with Immediate(db):
        session = intern.session_id(db, uuid)
        row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
        for one in told:
            flight = estimate.Flight(one)
            request = intern.clean(text_in(one, "request_id"))
            billed = telemetry.Billed(one, uuid, context.now_ms, prices)
            asked_again = "input_tokens" in one
            call = billed.call
            if one.get("cut") is True:  # how much is in the client's own total alone
                call = Call("", call.ts_ms, flight.model)
            elif not asked_again:
                call = estimate.likely(flight, db, session, context.now_ms)
            whole = one.get("whole") is True and one.get("cut") is not True and not asked_again
            call.id = UNNAMED + (request or f"unread:{session}:{one.get('at_ms')}:{flight.bytes}")
            call.request_id, call.agent = request, intern.clean(flight.agent)
            call.final, call.estimated, call.sidechain = False, ESTIMATED, bool(flight.agent)
            if whole:
                _unrecorded(db, session, call, one, flight, prices)
            if db.execute("SELECT 1 FROM call WHERE id = ?", (call.id,)).fetchone() is None:
                source = HELPER if whole else SUBAGENT if flight.agent else MAIN
                place = Place(source, session=session, project=row[0], agent=call.agent)
                Recorder(db, prices).put(call, place)


def _unrecorded(
    db: sqlite3.Connection,
    session: int,
    call: Call,
    told: dict[str, object],
    flight: estimate.Flight,
    prices: Prices,
) -> None:
    """Name the helper's call that the client keeps no record of; let it cost what that says it did.

    But no more than it can have cost: what else was not recorded meanwhile is not its.
    """
    from cheaproute.ledger.ingest import interrupted
    from cheaproute.usage.prices import cost_nano
    from cheaproute.usage.purposes import CHECK, UNRECORDED

    call.purpose = CHECK if told.get("auto") is True else UNRECORDED
    if told.get("caches") is True:
        estimate.reread(call, db, session)
    nano, likely = 1000 * telemetry.count(told, "cost_usd_micros"), cost_nano(call, prices)
    if not nano:
        return
    most = cost_nano(estimate.most(flight, call.ts_ms), prices)
    if most is not None and likely is not None and nano > most:
        nano = likely
    call.final = True
    interrupted.fit(call, nano, prices)
