"""What a history comes to, told after it was read, with what the plan would have changed."""

from __future__ import annotations

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.config import paths, reader
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import sessions
from cheaproute.money import bound, less_range, show
from cheaproute.report import zone
from cheaproute.report.terminal import draw, story

_SMALL = 1_000_000_000


def tell(context: Context) -> None:
    """Print it: a line each on how much, on what, where, and what would have been less."""
    where, now = zone.of(context.settings), context.now_ms()
    lines = story.lines(
        context.db, now, where, home=paths.home(context.env), plan=context.subscription
    )
    if lines:
        lines += [_plan(context), story.routable(context.db, now, where)]
    lines.append(bound("\n".join(lines)))
    width = min(context.out.look.width, 100)
    for line in filter(None, lines):
        for part in draw.fill(context.out.fit(line), width):
            context.out.line(part)


def _plan(context: Context) -> str:
    """What the plan's engine says of its last days; it is never more than they cost."""
    from cheaproute.plan import look, standing, sums

    db = context.db
    try:
        many = reader.whole(context.settings, "plan.days")
        span = look.span(db, many, context.now_ms())
        made = look.plan(db, context.env, context.settings, span)
    except CheaprouteError:
        return ""
    of = look.sums(db, made, subscription=context.subscription)
    told = f"{days.iso(made.first)} to {days.iso(made.past - 1)}"
    if not made.steps or made.saves < _SMALL:
        return (
            f"The plan finds nothing worth a change in {of.shown(of.spent)} of {told}: "
            f"{show(max(0, made.saves))} at most."
        )
    first = made.steps[0]
    now = sessions.latest_model(db)
    left = look.without(db, context.env, context.settings, span, made, now)
    stays, dearer = standing.stays(made, now, left), standing.dearer(made)
    return (
        f"What `cheaproute plan` would have saved in {told}:"
        f" {show(max(0, made.saves))} ({less_range(made.low, made.high)}),"
        f" {sums.instead(of, made.saves)}."
        f"{dearer and ' ' + dearer} Most of it by: {first.title}.{stays and ' ' + stays}"
    )
