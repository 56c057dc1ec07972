"""StopFailure: an API error ended a turn; count what it cost, and note a subagent's failure."""

from __future__ import annotations

from cheaproute.client import agent_result
from cheaproute.hook import gate
from cheaproute.ledger import agent_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> None:
    """Never answers: the client shows the error itself."""
    gate.meter(event, context)
    if event.agent:
        said = agent_result.of(event.text("last_assistant_message"))
        agent_runs.ended(
            context.ledger,
            tool_use=agent_runs.of_agent(context.ledger, event.agent),
            status=agent_result.CUT if said == agent_result.CUT else "error",
            now_ms=context.now_ms,
        )
