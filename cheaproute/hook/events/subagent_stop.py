"""SubagentStop: count the subagent's calls, note how it ended, and let nothing go on past a cap."""

from __future__ import annotations

from cheaproute.cap import burst
from cheaproute.client import agent_result
from cheaproute.client.transcript import reader
from cheaproute.hook import answer, gate
from cheaproute.hook.turn_end import activity
from cheaproute.ledger import agent_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Past a cap the end, whatever would have it go on; else silence."""
    verdict = gate.check(event, context, ends=True)
    client = context.client_pid
    context.attempt("burst", lambda: burst.heard(context.ledger, event.agent, client), None)
    context.attempt("agent_runs", lambda: _note(event, context), None)
    return answer.stop(verdict.message) if verdict.blocks else None


def _note(event: Event, context: Context) -> None:
    agent_runs.ended(
        context.ledger,
        tool_use=agent_runs.of_agent(context.ledger, event.agent) or _told(event),
        status=agent_result.of(event.text("last_assistant_message")),
        now_ms=context.now_ms,
    )
    activity.subagent(event, context)


def _told(event: Event) -> str:
    """The tool use by the subagent's own `meta.json`: its transcript may not be written yet."""
    file = reader.File(event.word("agent_transcript_path"))
    if file.agent:
        reader.describe(file)
    return file.dispatch
