"""SubagentStop: count the subagent's calls and note how it ended."""

from __future__ import annotations

from cheaproute.hook import evidence, gate, outcome
from cheaproute.ledger import dispatch, files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> None:
    """Never answers: a subagent's end is its own."""
    gate.meter(event, context)
    dispatch.ended(
        context.ledger,
        tool_use=dispatch.of_agent(context.ledger, event.agent) or _told(event),
        status=outcome.of(event.text("last_assistant_message")),
        now_ms=context.now_ms,
    )
    evidence.subagent(event, context)


def _told(event: Event) -> str:
    """The tool use by the subagent's own `meta.json`: its transcript may not be written yet."""
    file = files.File(event.word("agent_transcript_path"))
    if file.agent:
        files.describe(file)
    return file.dispatch
