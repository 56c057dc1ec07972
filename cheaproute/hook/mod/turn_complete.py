"""`turn.complete`: what an interrupted request may have cost, and one line about what was done."""

from __future__ import annotations

from cheaproute.hook.mod import standing
from cheaproute.ledger.transactions import Immediate
from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """What was done in the turn, where the user wants to see it."""
    broken = event.raw.get("broken")
    if isinstance(broken, list) and broken:
        from cheaproute.ledger.ingest import interrupted

        gap = event.raw.get("gap_usd")
        nano = round(gap * 1e9) if isinstance(gap, int | float) and 0 <= gap < 1e6 else 0
        with Immediate(context.ledger):
            for told in broken:
                if isinstance(told, dict):
                    nano = interrupted.book(
                        context.ledger,
                        told,
                        nano,
                        session=session,
                        now_ms=context.now_ms,
                        prices=context.prices,
                    )
    line = seen.after_answer(context.settings, context.ledger, session, context.now_ms)
    said: Answer = {"line": line} if line else {}
    return {**said, **standing.figure(context, session)}
