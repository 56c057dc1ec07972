"""Is there something that would save much: the plan's own figures, said in one line."""

from __future__ import annotations

from collections.abc import Iterator

from cheaproute.cli import progress
from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import NOTE, OK, Finding
from cheaproute.config import reader
from cheaproute.ledger.query import sessions
from cheaproute.money import change, less_range, plural
from cheaproute.plan import look, standing, sums

# Less than this share of the bill is not worth a note.
_MUCH = 0.1


def savings(context: Context) -> Iterator[Finding]:
    """Whether the plan would have saved a notable part of the bill."""
    db = context.ledger()
    span = look.span(db, reader.whole(context.settings, "plan.days"), context.now_ms())
    with progress.spinner(context, f"Looking at {plural(span.past - span.first, 'day')}"):
        plan = look.plan(db, context.env, context.settings, span)
    if not plan.spent:
        return
    why = look.why(db, span, context.now_ms())
    days = plural(plan.past - plan.first, "day") + (f" ({why})" if why else "")
    of = look.sums(db, plan, subscription=context.subscription)
    saves, low, high = plan.saves, plan.low, plan.high
    said = f"`cheaproute plan` would have {change(saves) or 'saved $0.00'}"
    reach = f" ({less_range(low, high)})" if saves else ""
    said += f"{reach} in {days}: {sums.instead(of, plan.saves)}"
    now = sessions.latest_model(db)
    left = look.without(db, context.env, context.settings, span, plan, now)
    stays = standing.stays(plan, now, left).rstrip(".")
    stays = stays and f"; {stays[0].lower()}{stays[1:]}"
    if plan.low > _MUCH * plan.spent:
        yield Finding(NOTE, f"{said}{stays}", "", "run `cheaproute plan`")
    else:
        yield Finding(OK, f"{said}; nothing pressing{stays}")
