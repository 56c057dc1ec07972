"""PreToolUse on SendMessage: an agent that was sent to Haiku is not woken for what may need more.

Without the module nothing can give the agent back its own model, and it would go on with Haiku.
"""

from __future__ import annotations

import os

from cheaproute.hook import answer
from cheaproute.hook.event import text_in
from cheaproute.ledger import agent_runs, intern, seats
from cheaproute.routing.decide import decide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

ANEW = (
    "[cheaproute] That subagent runs on Haiku, which it was sent to for a lookup, and this message "
    "may need more. Dispatch it as a new task instead, with what was found so far; it will run on "
    "the model it needs."
)


def handle(event: Event, context: Context) -> Answer | None:
    """A deny that names the way, where the message is not surely for Haiku; else silence."""
    db = context.ledger
    to = text_in(event.tool_input, "to") or text_in(event.tool_input, "recipient")
    session = intern.session_id(db, event.session)
    if not to or not agent_runs.runs_on_haiku(db, session, to):
        return None
    if seats.live(db, session, os.getppid()):
        return None  # the module gives it back its own model
    message = text_in(event.tool_input, "message") or text_in(event.tool_input, "content")
    return None if decide("", message).tier == "haiku" else answer.instead(ANEW)
