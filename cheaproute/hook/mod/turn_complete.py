"""`turn.complete`: what an interrupted request may have cost, and one line about what was done."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(_event: Event, _context: Context, _session: int) -> Answer:
    """Nothing to say."""
    return {}
