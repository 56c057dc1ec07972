"""`telemetry.log`: the requests that were answered since the last question, into the books."""

from __future__ import annotations

import os

from cheaproute.cap import expected, periods
from cheaproute.hook.event import text_in
from cheaproute.hook.mod import estimate
from cheaproute.ledger import intern
from cheaproute.ledger.calls.record import UNNAMED, Place, Recorder
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.module import loops
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

_PATIENCE_S = 0.8


def book(event: Event, context: Context) -> bool:
    """Count each request that the question brings, once; note what its loop now carries.

    True: the hand may forget them.
    """
    if event.torn:
        return False
    told = brought(event)
    given_up = [one for one in told if one.get("gave_up") is True]
    if given_up:
        context.attempt("given up", lambda: estimate.count(given_up, event.session, context), None)
        told = [one for one in told if one.get("gave_up") is not True]
    records = [one for one in told if one.get("unread") is not True]
    unread = [one for one in told if one.get("unread") is True]
    if unread:
        context.attempt("unread", lambda: _book_unread(event, context, unread), None)
    if not records:
        return True
    unsure = telemetry.unsure(
        context.ledger,
        records,
        session=event.session,
        now_ms=context.now_ms,
        prices=context.prices,
    )
    by_session: dict[str, list[dict[str, object]]] = {}
    for one in unsure:  # what an earlier session had to keep is of that session
        by_session.setdefault(text_in(one, "session.id") or event.session, []).append(one)
    for session, some in by_session.items():
        _attribute(event, context, session, some)
    try:
        _write(event, context, records)
    except Exception as error:
        from cheaproute.ledger.ingest import faults

        if not faults.is_of_a_row(error):
            raise
        for one in records:  # the odd one is lost, the others are not
            _write_alone(event, context, one)
    return True


def _book_unread(event: Event, context: Context, told: Sequence[dict[str, object]]) -> None:
    """Count answers that the client could not read, for which no record comes, by an estimate.

    A gateway that answers a streaming request with one JSON text is such a case: the client asks
    once more, without streaming, and what is recorded of that is the estimate for both. Of one that
    was `cut` nothing is known but that it was.
    """
    db, prices = context.ledger, context.prices
    with Immediate(db):
        session = intern.session_id(db, event.session)
        row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
        for one in told:
            flight = estimate.Flight(one)
            request = intern.clean(text_in(one, "request_id"))
            billed = telemetry.Billed(one, event.session, context.now_ms, prices)
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


def _attribute(
    event: Event, context: Context, session: str, unsure: Sequence[dict[str, object]]
) -> None:
    from cheaproute.ledger.ingest import relay

    relay.attribute(
        context.ledger,
        unsure,
        session,
        lambda: transcript(session, event, context),
        now_ms=context.now_ms,
        prices=context.prices,
        end_s=context.until(_PATIENCE_S),
    )


def _write_alone(event: Event, context: Context, record: dict[str, object]) -> None:
    context.attempt("record", lambda: _write(event, context, [record]), None)


def _write(event: Event, context: Context, records: Sequence[dict[str, object]]) -> None:
    db, prices = context.ledger, context.prices
    with Immediate(db):
        before = _spent(db, event.session)
        telemetry.book(
            db,
            records,
            session=event.session,
            cwd=event.cwd,
            now_ms=context.now_ms,
            prices=prices,
        )
        for record in records:
            billed = telemetry.Billed(record, event.session, context.now_ms, prices)
            call = billed.call
            if billed.source == HELPER or not call.model:
                continue
            session = intern.session_id(db, billed.session)
            if billed.source == MAIN:
                loop = loops.read(db, session, "")
                if loop.base:  # else no model was ever chosen here
                    from cheaproute.ledger.calls import choices

                    lasted_ms = telemetry.count(record, "duration_ms")
                    choices.book(db, session, loop, call, lasted_ms, prices)
            loops.answered(
                db,
                session,
                call.agent,
                ran=call.model,
                at_ms=call.ts_ms,
                ttl_s=loops.lives_s(call.read + call.write_5m + call.write_1h, call.write_1h),
                size=estimate.size(record),
                prompt_tokens=call.input + call.write_5m + call.write_1h + call.read,
                output_tokens=call.output,
            )
        _learn(context, event.session, before, len(records))


def _spent(db: sqlite3.Connection, session: str) -> int:
    key = periods.keys(0, intern.session_id(db, session))["session"]
    row = db.execute("SELECT cost_nano FROM spent WHERE period = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def _learn(context: Context, session: str, before: int, calls: int) -> None:
    """Take in what the session's new calls came to: the pace of it, and of the hour."""
    nano = _spent(context.ledger, session) - before
    if nano > 0:
        expected.add_hour(context.ledger, nano, context.now_ms)
        number = intern.session_id(context.ledger, session)
        expected.learn_cost(context.ledger, number, nano, calls)


def transcript(session: str, event: Event, context: Context) -> str:
    """The transcript of `session`, "" where there is none."""
    if event.transcript and session == event.session:
        return event.transcript if os.path.exists(event.transcript) else ""
    from cheaproute.client.transcript import layout

    return layout.find(context.transcripts(), session)


def reread(event: Event, context: Context) -> bool:
    """Count the session's transcript, of which the ledger lacks something; whether there is one."""
    from cheaproute.ledger.ingest.ingest import meter

    path = transcript(event.session, event, context)
    if path:
        meter(context.ledger, path, context.now_ms, context.prices)
    return bool(path)


def unbooked_nano(event: Event, *, booked: bool) -> int:
    """What the hand's requests that are in no books cost by the client's own word.

    Those that had no room in the question, and its own where they could not be `booked`.
    """
    told = [] if booked else brought(event)
    micros = sum(telemetry.count(one, "cost_usd_micros") for one in told)
    return 1000 * (micros + telemetry.count(event.raw, "later_micros"))


def brought(event: Event) -> list[dict[str, object]]:
    """The requests that the question tells of."""
    told = event.raw.get("calls")
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
