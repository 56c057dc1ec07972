"""The line on routed subagents and digests that failed: once, and where they failed (hot path)."""

from __future__ import annotations

from cheaproute.hook import answer
from cheaproute.ledger import failures, intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def line(event: Event, context: Context) -> str:
    """A line about routed subagents and digests that failed since this was last said."""
    session = intern.session_id(context.ledger, event.session)
    found = failures.untold(context.ledger, session, context.now_ms)
    if not found.runs and not found.digests:
        return ""
    from cheaproute import money  # seldom

    said = []
    if found.runs:
        what = "a subagent" if len(found.runs) == 1 else f"{len(found.runs)} subagents"
        models = " and ".join(sorted({alias.capitalize() for alias in found.runs}))
        said.append(f"{what} on {models} failed; sent again, the task runs one tier higher.")
    if found.digests:
        what = "a digest" if found.digests == 1 else f"{found.digests} digests"
        why, pause = "could not be made", ""
        if found.late == found.digests:
            from cheaproute.hook import bulk_read  # seldom
            from cheaproute.ledger import bulk_reads

            if bulk_reads.pausing(context.ledger, context.now_ms):
                pause = f" None is tried for {bulk_reads.LATE_PAUSE_MS // 60_000} minutes."
            why = f"took longer than {bulk_read.patience_s(context.section('digest')):g} s"
        cost = f", {money.show(found.nano)}" if found.nano else ""
        said.append(f"{what} {why}: the files were read as they are{cost}.{pause}")
    return f"{answer.TAG} {' '.join(said)}"
