"""After a subagent: what really ran, and a word to the main model where Haiku failed."""

from __future__ import annotations

from cheaproute.client import agent_result
from cheaproute.hook import answer
from cheaproute.hook.event import text_in
from cheaproute.ledger import agent_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

FAILURE = "PostToolUseFailure"


def handle(event: Event, context: Context) -> Answer | None:
    """Record what ran and how it ended; silence unless a routed run broke or came back empty."""
    if event.name == FAILURE:
        return _broke(event, context)
    response = event.tool_response
    resolved = text_in(response, "resolvedModel")
    status = agent_result.status(response)
    agent_runs.ran(
        context.ledger,
        event.tool_use,
        agent=text_in(response, "agentId"),
        resolved=resolved,
        status=status,
        now_ms=context.now_ms,
    )
    if status == "error":
        _may_rest(event, context, agent_result.text(response))
    if status not in agent_result.FAILED or agent_runs.was_cut(context.ledger, event.tool_use):
        return None
    ran_on = agent_runs.model(context.ledger, event.tool_use) or resolved
    return answer.tell_model("PostToolUse", advice(status)) if "haiku" in ran_on else None


def _broke(event: Event, context: Context) -> Answer | None:
    """A dispatch that never came back; the next try goes one tier up, unless the cap ended it."""
    said = event.text("error")
    status = agent_result.of_error(said)
    agent_runs.ended(context.ledger, tool_use=event.tool_use, status=status, now_ms=context.now_ms)
    if agent_runs.was_cut(context.ledger, event.tool_use):
        return None
    _may_rest(event, context, said)
    routed = agent_runs.routed(context.ledger, event.tool_use)
    if event.raw.get("is_interrupt") or not routed:
        return None
    return answer.tell_model(FAILURE, advice(status, routed))


def _may_rest(event: Event, context: Context, said: str) -> None:
    """Let the model rest that a dispatch was routed to, if there is none of it here."""
    alias = agent_runs.routed(context.ledger, event.tool_use)
    if alias and (agent_result.no_model(said) or agent_result.is_denied(said)):
        from cheaproute.ledger import failures

        absent = agent_result.no_model(said)
        failures.rest(context.ledger, alias, context.now_ms, absent=absent)


def advice(status: str, alias: str = "haiku") -> str:
    """What the main model is told after a run that failed on the model `alias`."""
    what = {"empty": "returned nothing", "refused": "declined the task"}.get(status, "failed")
    return (
        f"The subagent ran on {alias.capitalize()} and {what}. "
        "If the task still matters, dispatch it again: it will run one tier higher."
    )
