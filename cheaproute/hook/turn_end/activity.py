"""What the plan will want to know, noted when a turn or a subagent ends, never at its cost."""

from __future__ import annotations

from cheaproute import log
from cheaproute.ledger.ingest import activity
from cheaproute.routing.labels import Judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def turn(event: Event, context: Context) -> None:
    """Note the turn's prompts and tools; a failure is logged, and made up for by the next."""
    try:
        activity.session(context.ledger, event.transcript, _judge(context))
    except Exception as error:  # noqa: BLE001 - the alert of the same event must get through
        log.write(context.env, "evidence", error)


def subagent(event: Event, context: Context) -> None:
    """Note what the subagent did."""
    activity.subagent(context.ledger, event.transcript, event.agent, _judge(context))


def _judge(context: Context) -> Judge:
    return Judge(context.section("routing").get("max_unsafe"))
