"""A question of the module: book what it brings, then let the seat it is about answer.

Every answer says what the module may remember; what it forgets, it asks again. Booking and noting
are attempts: whatever fails there, the totals already in the ledger are judged.
"""

from __future__ import annotations

from cheaproute.cap import limits, process_identity
from cheaproute.cap import state as states
from cheaproute.config import paths
from cheaproute.hook.mod import estimate, record, standing
from cheaproute.ledger import intern
from cheaproute.ledger.calls import beyond
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.module import loops, seats
from cheaproute.ledger.schema import HELPER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# The question's name, and the module that answers it.
SEATS = {
    "ModStart": "start",
    "ModBook": "http_fetch",
    "ModTurn": "http_fetch",
    "ModGate": "http_fetch",
    "ModTool": "http_fetch",
    "ModStep": "turn_step",
    "ModFailed": "turn_step",
    "ModAnswer": "turn_step",
    "ModTurnEnd": "turn_complete",
    "ModStop": "turn_complete",
    "ModCommand": "console.command_run",
    "ModCompact": "pauses.session_compact",
    "ModWarm": "pauses.keep_warm",
}
LOOK = "ModFigure"
# The standing figure comes with these: nobody waits for them, or a person who may have changed it.
FIGURES = ("ModStart", "ModBook", "ModCommand")
# Seconds past a hook's own that a person waits for what was typed.
_MORE_S = {"ModCommand": 8}
_LONGEST_CAUSE = 100
# A request's row is in its transcript within this.
_ROW_S = 0.5


def handle(event: Event, context: Context) -> Answer | None:
    """What the module is to do; None for a question that is not known here."""
    name = SEATS.get(event.name)
    if name is None:
        return standing.looked(event, context) if event.name == LOOK else None
    context.more_s = _MORE_S.get(event.name, 0)
    if any(map(event.raw.get, ("missed", "unheld", "barred"))):  # of which nothing here has heard
        context.attempt("missed", lambda: _log_missed(event, context), None)
    db, pid = context.ledger, context.client_pid
    if not context.section("mod").get("enabled", True):
        context.attempt("seats", lambda: seats.rest(db, pid), None)
        # What the hand heard before it knew: of a helper nothing else tells.
        booked = context.attempt("book", lambda: record.book(event, context), otherwise=False)
        booked = booked and not context.stands_in
        return {"enabled": False, "booked": booked, "closed": False, "asks": ""}
    answer = standing.answer(context)
    session = context.attempt("session", lambda: intern.session_id(db, event.session), 0)
    session = session or states.state(db, event.session, context.now_ms).session_id
    if event.name != "ModStart":
        context.attempt("seats", lambda: _noted(event, context, session), None)
    answer["booked"] = _counted(event, context, session)
    context.attempt("limits", lambda: _remembered(event, context), None)
    windows = event.raw.get("windows")
    if windows:
        from cheaproute.ledger.module import rate_limits

        context.attempt("windows", lambda: rate_limits.heard(db, windows, context.now_ms), None)
    place = name if "." in name else f"mod.{name}"
    seat = __import__(f"cheaproute.hook.{place}", fromlist=["answer"])
    if name == "turn_step":  # what cannot be noted is not done; the gate answers all the same
        step = context.attempt("step", lambda: seat.answer(event, context, session), {"kept": True})
        answer.update(step)
    else:
        answer.update(seat.answer(event, context, session))
    if event.name == "ModStep" and not event.text("agent_id"):
        from cheaproute.hook.mod import main_loop

        answer = main_loop.advised(answer, context, session)
        answer = main_loop.on_its_own(answer, event, context, session)
        answer.update(_gate(event, context, session))  # one start a request
    elif event.name == "ModTurnEnd":
        answer.update(_gate(event, context, session))  # a leave ends with what is under way
    model = event.text("session_model")
    if context.attempt("own", lambda: loops.own(context.ledger, session, model), ""):
        answer["asks"] = f"{answer['asks']} main"  # it runs on its own model by our word alone
    if "grant" in answer:
        context.attempt("left", lambda: answer.update(left=standing.left(context, session)), None)
    if event.name in FIGURES:
        idle = event.name == "ModBook" and event.raw.get("busy") is not True
        answer.update(standing.figure(context, session, idle=idle))
        context.attempt("bound", lambda: _bound(answer, context, session), None)
    # A command that was run has closed the ledger it was given.
    context.attempt("limits", lambda: answer.update(caps=limits.told(context.ledger)), None)
    answer["passes"] = context.attempt("passes", lambda: standing.passes(context, session), "")
    return answer


def _noted(event: Event, context: Context, session: int) -> None:
    """Note what the hand says of its seats and its model; what it does not say stays as it is."""
    told = event.table("seats")
    seen = {seat: told.get(seat) is True for seat in seats.NAMES}
    # A request that asks by its bytes stands at that seat; where it is refused nothing comes after.
    seen["fetch"] = seen["fetch"] or any(map(estimate.size, estimate.waiting(event) or ()))
    seats.note(
        context.ledger,
        session,
        context.client_pid,
        seen,
        context.now_ms,
        {seat for seat in seats.NAMES if seat in told and told[seat] is None},
        started=process_identity.started,
        resting=event.raw.get("resting") is True,
    )
    named = event.raw.get("named") is True
    loops.note_own(context.ledger, session, event.text("session_model"), named=named)


def _counted(event: Event, context: Context, session: int) -> bool:
    """Have what the question brings count, in the books if that can be; True: it is there."""
    booked = context.attempt("book", lambda: record.book(event, context), otherwise=False)
    booked = booked and not context.stands_in
    unbooked: list[dict[str, object]] = []
    if not booked:
        unbooked = context.attempt(
            "unbooked", lambda: record.unbooked(event, context, session), unbooked
        )
    if context.stands_in:  # the hand keeps them; here they are counted with what was written
        context.attempt("meter", lambda: record.reread(event, context), None)
    else:
        context.unseen = record.unbooked_nano(event, unbooked)
        context.unseen += context.attempt("untold", lambda: _untold(event, context), 0)
    if not booked or paths.anything_beside(context.env):
        from cheaproute.hook import unheard  # seldom

        context.attempt("beside", lambda: unheard.meet(event, context, unbooked, session), None)
    return booked


def _untold(event: Event, context: Context) -> int:
    """What the booked requests cost that is in no books, nano-dollars: 0 but where it cannot be."""
    db, prices = context.ledger, context.prices
    told = (
        telemetry.Billed(one, event.session, context.now_ms, prices)
        for one in record.brought(event)
        if "cost_usd_micros" in one
    )
    of_loops = (one.call for one in told if one.source != HELPER)
    dearer = beyond.dearer(db, of_loops, prices)
    if not dearer:
        return 0

    def read() -> bool:
        return record.reread(event, context)

    left = beyond.without_row(db, dearer, read, context.until(_ROW_S))
    if context.attempt("beyond", lambda: _booked(left, context, prices), otherwise=False):
        return 0
    return sum(beyond.nano(call, prices) for call in left)


def _booked(left: Sequence[Call], context: Context, prices: Prices) -> bool:
    from cheaproute.cap import expected  # seldom
    from cheaproute.ledger.transactions import Immediate

    with Immediate(context.ledger) as db:
        for call in left:
            if nano := beyond.book(db, call, prices):
                expected.add_hour(db, nano, context.now_ms)
                expected.learn_cost(db, intern.session_id(db, call.session), nano, 1)
    return True


def _log_missed(event: Event, context: Context) -> None:
    """Questions before this one: a command without an answer, requests that nobody judged."""
    from cheaproute import log

    missed, unheld, barred = event.text("missed"), event.raw.get("unheld"), event.raw.get("barred")
    if missed:
        error = TimeoutError(f"a command: {missed[:_LONGEST_CAUSE]}")
        log.write(context.env, "mod.command", error)
    if isinstance(unheld, int) and unheld > 0:
        many = "one request was" if unheld == 1 else f"{unheld} requests were"
        log.write(context.env, "unheld", TimeoutError(f"{many} not held to the cap"))
    if isinstance(barred, int) and barred > 0:
        many = "one request was" if barred == 1 else f"{barred} requests were"
        why = event.text("barred_by")[:_LONGEST_CAUSE]
        error = TimeoutError(f"{many} refused, for the cap could not be checked: {why}")
        log.write(context.env, "barred", error)


def _bound(answer: Answer, context: Context, session: int) -> None:
    answer["bound"] = standing.bound(context, session)


def _gate(event: Event, context: Context, session: int) -> Answer:
    from cheaproute.hook.mod import http_fetch

    return http_fetch.answer(event, context, session)


def _remembered(event: Event, context: Context) -> None:
    """Set again what limits the hand remembers, where the ledger that had them is gone."""
    told, db = event.table("caps"), context.ledger
    if told and told != limits.told(db) and limits.is_new(db):
        context.lost = limits.again(db, told)
