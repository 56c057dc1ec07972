"""PreCompact: past the cap no compaction either; it costs calls that no other hook sees coming."""

from __future__ import annotations

from cheaproute.hook import answer, gate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Refuse it past the cap; else silence."""
    verdict = gate.check(event, context)
    return answer.block(verdict.message) if verdict.blocks else None
