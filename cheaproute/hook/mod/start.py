"""`session.start`: the module is here. Whether it works is seen later, seat by seat."""

from __future__ import annotations

import os
import sys

from cheaproute.cap.process_identity import started
from cheaproute.hook.mod import http_fetch, standing
from cheaproute.ledger.module import loops, seats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """What a gate answers that nobody waits at: no leave before a turn is under way."""
    context.attempt("caps", context.sync_caps, None)
    context.attempt("passes", lambda: _make_room(standing.pass_file(context)), None)
    context.attempt("seats", lambda: _note(event, context, session), None)
    return {**http_fetch.answer(event, context, session), "stands": sys.platform == "linux"}


def _note(event: Event, context: Context, session: int) -> None:
    """Keep that a module is there; where that fails its next question tells of its seats."""
    pid, told = context.client_pid, event.table("seats")
    before = seats.read(context.ledger, session)
    if before is None or (before.pid, before.started) != (pid, started(pid)):
        model = event.text("session_model")
        loops.resumed(context.ledger, session, model, lambda: _is_named(context))
    seats.start(
        context.ledger,
        session,
        pid=pid,
        started=started(pid),
        version=event.text("version"),
        enabled=event.raw.get("resting") is not True,
        now_ms=context.now_ms,
        seen={seat: told.get(seat) is True for seat in seats.NAMES},
    )


def _is_named(context: Context) -> bool:
    """Whether the client was started with a model for its session."""
    from cheaproute.client import command_line  # where one was taken up

    return "ANTHROPIC_MODEL" in context.env or command_line.names_model()


def _make_room(pass_file: str) -> None:
    """Have the folder of passes, the user's alone, without those of clients that have ended.

    A client's number alone is its pass, with another behind it where somebody stands by for it.
    """
    place = os.path.dirname(pass_file)
    os.makedirs(place, mode=0o700, exist_ok=True)
    for name in os.listdir(place):
        pid = name.partition(".")[0]
        if name == os.path.basename(pass_file) or not (pid.isdigit() and started(int(pid))):
            os.unlink(os.path.join(place, name))
