"""`turn.complete`: what an interrupted request may have cost, and one line about what was done."""

from __future__ import annotations

from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(_event: Event, context: Context, session: int) -> Answer:
    """What was done in the turn, where the user wants to see it."""
    line = seen.after_answer(context.settings, context.ledger, session, context.now_ms)
    return {"line": line} if line else {}
