"""`turn.complete`: what an interrupted request may have cost, and one line about what was done."""

from __future__ import annotations

from cheaproute.hook.mod import record, standing
from cheaproute.ledger.transactions import Immediate
from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """What was done in the turn, where the user wants to see it."""
    if event.name == "ModStop":
        return context.attempt("stop", lambda: _stopped(event, context), {})
    said: Answer = {}
    settled = context.attempt("broken", lambda: _settled(event, context, session), otherwise=False)
    if not settled:
        said["unsettled"] = True
    context.attempt("place", lambda: _note_place(context, session), None)
    context.attempt("seen", lambda: _told(said, event, context, session), None)
    context.attempt("figure", lambda: said.update(standing.figure(context, session)), None)
    return said


def _told(said: Answer, event: Event, context: Context, session: int) -> None:
    """What was done in the turn, for its own place and for a later one; up to when that tells."""
    told, db = event.raw.get("seen_ms"), context.ledger
    heard_ms = told if isinstance(told, int) else 0
    unseen = event.raw.get("unseen") is True
    if seen.shown(context.settings) != seen.LINE:
        said["seen_ms"] = context.now_ms  # nobody wants to hear of it later
        return
    line, said["seen_ms"] = seen.told(
        db,
        session,
        context.now_ms,
        heard_ms if unseen else None,
        lambda: record.transcript(event.session, event, context),
        0 if unseen else heard_ms,
        lambda error: context.fail("seen", error),
        _working(event),
        lambda began_ms: context.attempt("beside", lambda: _beside(context, session, began_ms), ""),
        chosen=seen.is_chosen(context.settings),
    )
    if line:
        said["line"] = line
        said["late"] = seen.late(line)


def _beside(context: Context, session: int, began_ms: int) -> str:
    """How much more a turn cost that its user sent to Haiku than it would have on the own model."""
    from cheaproute.ledger.module import own_turn
    from cheaproute.money import show
    from cheaproute.usage.models import family

    found = own_turn.compared(context.ledger, session, began_ms, context.prices)
    if found is None or found[1] >= 0:
        return ""
    own, saved = found
    return f", {show(-saved)} more than on {family(own).capitalize()} with its cache warm"


def _working(event: Event) -> list[str]:
    """The agents that the client still has at work."""
    told = event.raw.get("working")
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def _settled(event: Event, context: Context, session: int) -> bool:
    """Count what was broken off, by what the client's own total has grown by."""
    broken = event.raw.get("broken")
    if isinstance(broken, list) and broken:
        from cheaproute.ledger.ingest import interrupted

        gap = event.raw.get("gap_usd")
        nano = round(gap * 1e9) if isinstance(gap, int | float) and 0 <= gap < 1e6 else 0
        prices = context.prices
        nano = max(0, nano - _guessed(event, context, session))
        with Immediate(context.ledger):
            for told in broken:
                if isinstance(told, dict):
                    nano = interrupted.book(
                        context.ledger,
                        told,
                        nano,
                        session=session,
                        now_ms=context.now_ms,
                        prices=prices,
                    )
    return True


def _guessed(event: Event, context: Context, session: int) -> int:
    """What of the total's growth is of requests that were booked by what they are likely to cost.

    They were answered beside what was broken off, and no record tells of either.
    """
    from cheaproute.hook.mod import estimate

    told, db, now_ms = event.raw.get("guessed"), context.ledger, context.now_ms
    return sum(
        estimate.nano(estimate.Flight(one), db, session, context.prices, now_ms)
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict)
    )


def _note_place(context: Context, session: int) -> None:
    """Keep which seats were seen at work where this client runs; nobody waits for it."""
    from cheaproute.client import login
    from cheaproute.config import platform
    from cheaproute.ledger.module import seats

    seat = context.live_seat(session)
    if seat is not None:
        place = (login.led(context.env), platform.system(), login.provider(context.env))
        seats.note_place(context.ledger, place, seat)


def _stopped(event: Event, context: Context) -> Answer:
    """What the hook of a turn's end does, and the lines that it would show."""
    from cheaproute.hook import answer as texts
    from cheaproute.hook.event import Event
    from cheaproute.hook.events import stop

    of_hook = {"hook_event_name": "Stop", "session_id": event.session, "cwd": event.cwd}
    told = stop.handle(Event({**event.table("stop"), **of_hook}), context) or {}
    lines = told.get("stopReason"), told.get("systemMessage"), *context.notices
    said = [line for line in lines if isinstance(line, str)]
    context.notices.clear()
    lines_said = [line for text in said for line in text.split("\n")]  # the client names us
    shown = "\n".join(line.removeprefix(texts.TAG).lstrip() for line in lines_said)
    return {"line": shown} if shown else {}
