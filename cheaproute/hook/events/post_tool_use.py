"""PostToolUse on Agent: what really runs, and a word to the main model where Haiku failed."""

from __future__ import annotations

from cheaproute.hook import answer, outcome
from cheaproute.hook.event import text_in
from cheaproute.ledger import agent_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Record the resolved model; silence unless a routed run came back empty or refused."""
    response = event.tool_response
    resolved = text_in(response, "resolvedModel")
    if text_in(response, "status") != "completed":
        status = "running"
    else:
        status = outcome.of(_said(response))
    agent_runs.ran(
        context.ledger,
        event.tool_use,
        agent=text_in(response, "agentId"),
        resolved=resolved,
        status=status,
        now_ms=context.now_ms,
    )
    if status in agent_runs.FAILED and "haiku" in resolved:
        return answer.tell_model("PostToolUse", outcome.advice(status))
    return None


def _said(response: dict[str, object]) -> str:
    """The subagent's final text."""
    content = response.get("content")
    if not isinstance(content, list):
        return ""
    return "\n".join(text_in(block, "text") for block in content if isinstance(block, dict))
