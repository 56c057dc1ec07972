"""Stop: count the turn, and say in one line what the user should know: an alert, a failure."""

from __future__ import annotations

from cheaproute.hook import activity, alerts, answer, gate
from cheaproute.ledger import failures, intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """At most one system message: a threshold newly passed, background runs that failed."""
    outcome = gate.check(event, context, wait_from=0.0)
    activity.turn(event, context)
    alert, sequence = alerts.crossed(outcome, context)
    lines = [line for line in (alert, _failures(event, context)) if line]
    return answer.tell_user("\n".join(lines), sequence) if lines else None


def _failures(event: Event, context: Context) -> str:
    """A line about routed subagents and digests that failed since this was last said."""
    session = intern.session_id(context.ledger, event.session)
    runs, digests = failures.untold(context.ledger, session, context.now_ms)
    said = []
    if runs:
        what = "a subagent" if runs == 1 else f"{runs} subagents"
        said.append(f"{what} on Haiku failed; sent again, the task runs one tier higher.")
    if digests:
        what = "a digest" if digests == 1 else f"{digests} digests"
        said.append(f"{what} could not be made: the files were read as they are.")
    return f"{answer.TAG} {' '.join(said)}" if said else ""
