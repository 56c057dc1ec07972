"""SessionEnd: count the last calls; there is about one second for it."""

from __future__ import annotations

from cheaproute.hook import gate
from cheaproute.ledger import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> None:
    """Never answers: nobody is there to read it."""
    gate.meter(event, context)
    context.attempt(
        "leave", lambda: intern.leave(context.ledger, event.session, context.now_ms), None
    )
    if context.section("plan").get("keep_warm"):
        from cheaproute.hook.pauses import pings

        context.attempt("ping", lambda: pings.ended(event, context), None)
