"""The plan in words: one screen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cheaproute import days
from cheaproute.money import less, less_range, marked, plural, share, show
from cheaproute.plan import standing, went
from cheaproute.plan.evidence import stayed
from cheaproute.plan.lines import MOST, wrap, written
from cheaproute.plan.steps import choice
from cheaproute.plan.steps.cases import UNCLEAR
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Case, Step
from cheaproute.plan.sums import Sums, added, instead, undone

_MOST_KINDS = 3


class Facts(NamedTuple):
    """Beside the plan's own figures: why these days; whether days and week are lower bounds.

    `since` is when the week began, on the user's clock, "" for the day that the plan says.
    `harm` is what is said where settings in force cost more than before, "" where they do not.
    `limit` is the part of the week's limit that Claude Code reported as used, "" if it did not;
    `now` the model that the latest session runs on, "" where it is not known, `without` what the
    steps give together but the one that is idle there, `lacking` what the answers lack.
    """

    why: str = ""
    subscription: bool = False
    limit: str = ""
    lower: bool = False
    week_lower: bool = False
    now: str = ""
    applied: Sequence[str] = ()
    without: tuple[int, int, int] | None = None
    lacking: went.Lacking | None = None
    since: str = ""
    harm: str = ""


def sums(plan: Plan, facts: Facts) -> Sums:
    """Of which sum the plan saves."""
    return Sums(plan.spent, plan.held_nano, facts.lower, facts.subscription)


def report(plan: Plan, names: Mapping[int, str], facts: Facts, width: int) -> str:
    """Everything `plan` says, in lines of at most `width` columns where words allow.

    In more than `lines.MOST` nobody looks: there a paragraph is a line.
    """
    if not plan.spent:
        if plan.unpriced:
            return (
                f"{plural(plan.unpriced, 'call')} of these days "
                f"{'has' if plan.unpriced == 1 else 'have'} no known price, so there is nothing to"
                " replay: `cheaproute prices` says which models, `prices.overrides` sets a price."
            )
        return "The ledger has no calls of these days: `cheaproute import` reads your history."
    lines = wrap(_title(plan, facts), width, subsequent_indent="  ")
    if facts.why:
        lines += wrap(f"({facts.why})", width)
    lines += [
        *_went(plan, facts.lacking, width),
        *_stayed(plan, width),
        *standing.held(plan, sums(plan, facts), width, facts.applied),
        "",
    ]
    if facts.harm:
        lines += [*wrap(facts.harm, width), ""]
    if not plan.steps:
        lines.append("Nothing to change: no setting would have saved enough to be worth it.")
    for number, step in enumerate(plan.steps, 1):
        lines += [*_step(number, step, plan, names, facts, width), ""]
    if plan.steps:
        lines += _together(plan, facts, width)
    if plan.later:
        beside = {True: "on top", False: "alone"}
        said = ", ".join(
            f"{one.name} ({_money(one.saves, plan, facts.subscription)} {beside[one.on_top]})"
            for one in plan.later
        )
        lines += wrap(f"Left for later, once these are in force: {said}.", width)
    for step in plan.better:
        lines += ["", *_better(step, width)]
    for note in plan.notes:
        lines += wrap(f"Note: {note}.", width)
    return "\n".join(lines)


def _together(plan: Plan, facts: Facts, width: int) -> Iterator[str]:
    of = sums(plan, facts)
    whole = of.stood if facts.subscription else 0
    beside = added(plan.steps, plan.saves, whole) or "Replayed as one."
    said = (
        f"Together: {_money(plan.saves, plan, facts.subscription)}"
        f" ({_range(plan.low, plan.high, plan, facts.subscription)}),"
        f" {instead(of, plan.saves)}. {beside}"
    )
    if len(plan.steps) == 1:
        yield from wrap(f"With it: {instead(of, plan.saves)}.", width)
    if len(plan.steps) > 1:
        yield from wrap(said, width)
        yield from standing.without(
            plan, facts.now, facts.without, width, shares=facts.subscription
        )
    for less_together in plan.undone:
        yield from wrap(undone(less_together, whole), width)
    if (week := plan.week) and week.spent and facts.subscription:
        told = f", Claude Code reports {facts.limit}" if facts.limit else ""
        said = (
            f"This week, since {facts.since or days.iso(days.day_of(week.since_ms))}:"
            f" {marked(week.spent, 0, lower=facts.week_lower)} at list prices{told}. Of these"
            f" dollars {less(week.saves, week.spent)} ({less_range(*week[3:5], week.spent)});"
            " what that is of the limit, only Anthropic knows."
        )
        yield from wrap(said, width)
    each = {(one.file, one.key, one.after) for step in plan.steps for one in step.writes()}
    for one in plan.writes():
        many = [step for step in plan.steps if one.key in {write.key for write in step.writes()}]
        if len({key for key in each if key[1] == one.key}) > 1:
            said = (
                f"{' and '.join(step.name for step in many)} share a setting, which `plan apply`"
                f" writes once: {written(one)}; the module waits for the tokens of each step."
            )
            yield from wrap(said, width)
    yield from wrap(
        "`cheaproute plan show STEP` lists its sessions, `plan apply [STEP ...]` shows the change"
        " and asks, `plan undo` takes it back. Steps keep their names, not their numbers.",
        width,
    )


def _better(step: Step, width: int) -> Iterator[str]:
    """A step for the quality of the work, which may cost more than it saves."""
    said = (
        f"For quality, not for money: {step.title} ({step.risk}). It would have cost"
        f" {show(max(0, -step.high))} to {show(-step.low)} more; it is in no sum."
        f" `cheaproute plan apply {step.name}` writes {', '.join(map(written, step.writes()))}."
    )
    yield from wrap(said, width)


def _stayed(plan: Plan, width: int) -> Iterator[str]:
    """What the subagents cost that were not sent to a cheaper model, and what was tried."""
    stood = [(word, *plan.stayed[word]) for word in plan.stayed if word in stayed.WORDS]
    worth = [f"{many:,} {stayed.WORDS[word]} ({show(nano)})" for word, many, nano in stood if nano]
    if worth:
        said = f"subagents left where they were: {'; '.join(worth[:_MOST_KINDS])}"
        yield from wrap(said, width, initial_indent="  ", subsequent_indent="  ")
    tried, up = (plan.stayed.get(word, (0, 0)) for word in ("explored", stayed.UP))
    if tried[0] + up[0]:
        said = (
            f"tried one tier down: {tried[0] + up[0]}, {show(tried[1] + up[1])}, of which {up[0]}"
            f" went up again ({show(up[1])})"
        )
        yield from wrap(said, width, initial_indent="  ", subsequent_indent="  ")


def _went(plan: Plan, lack: went.Lacking | None, width: int) -> Iterator[str]:
    """Where the money of the days went: all of it, and what could have been avoided."""
    if plan.main_loop:
        for said in (went.parts(plan, lack), went.avoidable(plan, lack)):
            yield from wrap(said, width, initial_indent="  ", subsequent_indent="  ")


def _title(plan: Plan, facts: Facts) -> str:
    many = plan.past - plan.first
    span = f"{days.iso(plan.first)} to {days.iso(plan.past - 1)}"
    kind = " list-price equivalent (you pay by subscription)" if facts.subscription else ""
    main = share(plan.main_loop, plan.spent)
    return (
        f"{span} ({plural(many, 'day')}, UTC): {marked(plan.spent, 0, lower=facts.lower)}{kind},"
        f" {main} of it the main loop"
    )


def _step(
    number: int,
    step: Step,
    plan: Plan,
    names: Mapping[int, str],
    facts: Facts,
    width: int,
) -> Iterator[str]:
    money = _money(step.saves, plan, facts.subscription)
    head = f"{number}. {step.title}"
    room = max(20, min(width, MOST) - len(money) - 2)
    if width > MOST:
        yield f"{head:<{room}}  {money}"
    else:
        first, *more = wrap(head, room, subsequent_indent="   ")
        yield f"{first:<{room}}  {money}"
        yield from more
    inner = {"initial_indent": "   ", "subsequent_indent": "   "}
    week = ""
    if facts.subscription and plan.week and plan.week.spent and step.name in plan.week.steps:
        said = less(plan.week.steps[step.name], plan.week.spent)
        week = f" (of this week's dollars alone: {said})"
    beside = " on top of the others" if step.on_top else ""
    told = (
        f"{step.name}: {_range(step.low, step.high, plan, facts.subscription)}{beside}"
        f" in {plural(len(step.cases), 'session')}{week}"
    )
    yield from wrap(told, width, **inner)
    yield from wrap(f"Risk: {step.risk}.", width, **inner)
    yield from wrap(choice.only(step, plan.steps), width, **inner)
    if step.name == standing.idle(plan, facts.now):
        said = f"Your latest session runs on {facts.now}: one that does gains nothing by this step."
        yield from wrap(said, width, **inner)
    for one in step.writes():
        yield from wrap(
            written(one, step.writes()), width, **{**inner, "subsequent_indent": "     "}
        )
    if step.cases and step.cases[0].nano > 0:
        yield from wrap(
            f"most in {_case(step.cases[0], names, on_top=step.on_top)}", width, **inner
        )


def _case(case: Case, names: Mapping[int, str], *, on_top: bool) -> str:
    """What a session would have saved, of which sum, and what it did cost where that is another."""
    kind = "unclear work" if case.what == UNCLEAR else case.what
    session = names.get(case.session, "?")[:8]
    of = "" if case.stood is None else f" of {show(case.stood)}"
    if case.stood is not None and case.cost is not None and show(case.stood) != show(case.cost):
        by = "with the other steps" if on_top else "by what is set now"
        of += f" {by} (it cost {show(case.cost)})"
    return f"{session} of {days.iso(case.day)} ({kind}): {show(case.nano)}{of}"


def _money(nano: int, plan: Plan, subscription: bool) -> str:
    """Dollars; of a subscription, the share of the days' list price by what is set now."""
    return less(nano, plan.spent - plan.held_nano if subscription else 0)


def _range(low: int, high: int, plan: Plan, subscription: bool) -> str:
    return less_range(low, high, plan.spent - plan.held_nano if subscription else 0)
