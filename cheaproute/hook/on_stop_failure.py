"""StopFailure: an API error ended a turn; count what it cost, and note a subagent's failure."""

from __future__ import annotations

from cheaproute.hook import gate
from cheaproute.ledger import dispatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> None:
    """Never answers: the client shows the error itself."""
    if event.agent:
        dispatch.ended(context.ledger, agent=event.agent, status="error", now_ms=context.now_ms)
    gate.meter(event, context)
