"""`telemetry.log`: the requests that were answered since the last question, into the books."""

from __future__ import annotations

import os

from cheaproute.cap import expected, periods
from cheaproute.hook.event import text_in
from cheaproute.hook.mod import estimate
from cheaproute.ledger import intern
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.module import loops
from cheaproute.ledger.schema import HELPER, MAIN
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

    Told = Sequence[dict[str, object]]
    Count = Callable[[Told, Event, Context], bool]

_PATIENCE_S = 0.8
# What of a question is counted, though not all of it could be.
COUNTED = "counted"


def book(event: Event, context: Context) -> bool:
    """Count each request that the question brings, once; note what its loop now carries.

    True: the hand may forget them.
    """
    if event.torn:
        return False
    given_up: list[dict[str, object]] = []
    unread: list[dict[str, object]] = []
    records: list[dict[str, object]] = []
    for one in brought(event):
        gone = one.get("gave_up") is True
        (given_up if gone else unread if one.get("unread") is True else records).append(one)
    # First what may be told again; what a record tells once more may count once more.
    if unread:
        from cheaproute.hook.mod import unread as estimated  # seldom

        if not _are_counted(unread, event, context, estimated.book):
            return False
    if given_up and not _are_counted(given_up, event, context, estimate.count):
        return False
    if records:
        _book_records(event, context, records)
    return True


def _are_counted(told: Told, event: Event, context: Context, count: Count) -> bool:
    """Count what has no record; whether it could be, so that it is not counted beside the books."""
    done = context.attempt("unrecorded", lambda: count(told, event, context), otherwise=False)
    for one in told if done else ():
        one[COUNTED] = True
    return done


def _book_records(event: Event, context: Context, records: Sequence[dict[str, object]]) -> None:
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
            else:
                _settle_way_up(db, session, call, prices)
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


def _settle_way_up(db: sqlite3.Connection, session: int, call: Call, prices: Prices) -> None:
    """Book what a subagent lost that was sent down, where `call` is its first after the way up."""
    loop = loops.read(db, session, call.agent)
    if loop.ran in ("", call.model) or loop.over != call.model:
        return
    from cheaproute.ledger.calls import steps_up
    from cheaproute.ledger.calls.record import Recorder

    steps_up.settle(Recorder(db, prices), session, call.agent, loop.over)


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


def unbooked_nano(event: Event, unbooked: Sequence[dict[str, object]]) -> int:
    """What the hand's requests that are in no books cost by the client's own word.

    Those that had no room in the question, and those of it that are `unbooked`.
    """
    micros = sum(telemetry.count(one, "cost_usd_micros") for one in unbooked)
    return 1000 * (micros + telemetry.count(event.raw, "later_micros"))


def unbooked(event: Event, context: Context, session: int) -> list[dict[str, object]]:
    """The requests that are not counted, each with a cost: the likely one where none is told.

    Of a request that was given up, or whose answer nobody could read, the client tells none.
    """
    left = [one for one in brought(event) if COUNTED not in one]
    return [_priced(one, context, session) for one in left]


def _priced(one: dict[str, object], context: Context, session: int) -> dict[str, object]:
    def likely() -> dict[str, object]:
        db, now_ms = context.ledger, context.now_ms
        nano = estimate.nano(estimate.Flight(one), db, session, context.prices, now_ms)
        return one | {"cost_usd_micros": nano // 1000}

    return one if "cost_usd_micros" in one else context.attempt("likely", likely, one)


def brought(event: Event) -> list[dict[str, object]]:
    """The requests that the question tells of."""
    told = event.raw.get("calls")
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
