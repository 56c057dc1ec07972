"""Is there something that would save much: the plan's own figures, said in one line."""

from __future__ import annotations

from collections.abc import Iterator

from cheaproute.cli import progress
from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import NOTE, OK, Finding
from cheaproute.config import reader
from cheaproute.ledger.query import coverage, sessions
from cheaproute.money import change, less_range, marked, plural
from cheaproute.plan import look, standing

# Less than this share of the bill is not worth a note.
_MUCH = 0.1
_CENT = 10_000_000


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
    worth = " at list price" if context.subscription else ""
    lower = coverage.lower_of_days(db, plan.first, plan.past)
    spent = marked(plan.spent, 0, lower=lower)
    said = f"of {spent}{worth} in {days}, `cheaproute plan` would have"
    if abs(plan.held_nano) >= _CENT:  # the steps count on top of what is set now
        base = marked(plan.spent - plan.held_nano, 0, lower=lower)
        said = (
            f"{days} of {spent}{worth} would have cost {base} by what is set now;"
            " of that `cheaproute plan` would have"
        )
    now = sessions.latest_model(db)
    left = look.without(db, context.env, context.settings, span, plan, now)
    stays = standing.stays(plan, now, left).rstrip(".")
    stays = stays and f"; {stays[0].lower()}{stays[1:]}"
    if plan.low > _MUCH * plan.spent:
        yield Finding(
            NOTE,
            f"{said} {change(plan.saves)} ({less_range(plan.low, plan.high)}){stays}",
            "",
            "run `cheaproute plan`",
        )
    else:
        yield Finding(OK, f"{said} {change(plan.saves) or 'saved $0.00'}: nothing pressing{stays}")
