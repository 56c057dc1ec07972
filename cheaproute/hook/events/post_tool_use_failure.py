"""PostToolUseFailure on Agent: a dispatch that broke; the next try goes one tier up."""

from __future__ import annotations

from cheaproute.hook import answer, outcome
from cheaproute.ledger import agent_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Record the failure; a word to the main model if it was ours."""
    agent_runs.ended(context.ledger, tool_use=event.tool_use, status="error", now_ms=context.now_ms)
    if event.raw.get("is_interrupt") or not agent_runs.routed(context.ledger, event.tool_use):
        return None
    return answer.tell_model("PostToolUseFailure", outcome.advice("error"))
