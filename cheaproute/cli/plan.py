"""`cheaproute plan`: what would have saved most, from the user's own history."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cheaproute import days, errors
from cheaproute.cli import plan_apply, plan_days, plan_replay, plan_undo
from cheaproute.cli.context import Context
from cheaproute.client.transcript import title
from cheaproute.errors import UsageError
from cheaproute.ledger.module import rate_limits
from cheaproute.ledger.query import coverage, rows, sessions
from cheaproute.plan import applied, as_json, details, lines, look, screen, standing, went
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Step
from cheaproute.report import date_range, dates, notes, zone
from cheaproute.report.terminal import draw

NAME = "plan"
_ACTIONS = ("show", "apply", "undo", "replay")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    plan_days.add_arguments(parser, None)
    parser.set_defaults(action="")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for action, summary in (
        ("show", "the sessions that a step would have changed"),
        ("apply", "show what the steps write, and write it on a word"),
    ):
        words = actions.add_parser(action, help=summary)
        plan_days.add_arguments(words, argparse.SUPPRESS)
        many = "*" if action == "apply" else 1
        words.add_argument("step", nargs=many, metavar="STEP", help="number or name")
        if action == "apply":
            words.add_argument("--yes", action="store_true", help="do not ask")
    undo = actions.add_parser(
        "undo",
        help="take the last `plan apply` back: byte for byte, or out of what was changed since",
    )
    undo.add_argument("step", nargs="*", metavar="STEP", help="all steps of that `plan apply`")
    undo.add_argument(
        "--yes", action="store_true", help="every byte, also of a file that was changed since"
    )
    undo.add_argument("--all", action="store_true", help="every `plan apply` that is in force")
    replay = actions.add_parser("replay", help="the main loops under other settings, as a bill")
    plan_replay.add_arguments(replay)


def as_options(words: Sequence[str]) -> list[str]:
    """`plan week --json` as `plan --since 2026-11-16 --json`: spans as everywhere.

    Raises:
        UsageError: they are no span.
    """
    said = list(words[: next((i for i, w in enumerate(words) if w.startswith("-")), len(words))])
    rest = list(words[len(said) :])
    if not said or said[0] in _ACTIONS:
        return list(words)
    today = days.day_of(int(time.time() * 1000))
    if [word.lower() for word in said] == ["all"]:
        return ["--days", str(look.MOST_DAYS), *rest]
    try:
        reach = date_range.parse(said, today)
    except UsageError:
        if meant := errors.near(said[0], _ACTIONS):
            raise UsageError(
                f"`cheaproute plan` has no `{said[0]}`: did you mean `plan {meant}`?"
            ) from None
        raise
    until = ["--until", days.iso(reach.past - 1)] if reach.past <= today else []
    return ["--since", days.iso(reach.first), *until, *rest]


def run(args: argparse.Namespace, context: Context) -> int:
    """Show the plan, a step of it, apply or undo it, or replay."""
    if args.action == "replay":
        return plan_replay.run(args, context)
    if args.action == "undo":
        if args.all and args.step:
            raise UsageError("give either steps or --all")
        plan_undo.check(args.step, context)
        return (plan_undo.undo_all if args.all else plan_undo.undo)(args, context)
    of = plan_days.asked(args, context)
    week = _week(context)
    plan = _made(context, of, week)
    if args.action == "apply":
        return plan_apply.run(args, context, plan, _chosen(args.step, plan), of)
    db = context.ledger()
    names = look.session_uuids(db)
    facts = screen.Facts(
        look.why(db, of, context.now_ms()),
        context.plan,
        week.told if week else "",
        coverage.lower_of_days(db, plan.first, plan.past),
        week is not None and notes.since(db, week.since_ms, context.now_ms()).lower_bound,
        sessions.latest_model(db),
        applied.steps(context.env),
        lacking=went.lacking(db, plan.first, plan.past, context.prices),
        since=week.since if week else "",
    )
    if args.action == "show":
        shown = _chosen(args.step, plan, later=True, ours=facts.applied)[0]
        _show(args, context, shown, plan, facts)
    elif args.json:
        context.out.json(as_json.render(plan, names, facts.lacking) | {"why": facts.why})
    else:
        room = _room(context)
        for line in plan_apply.judged(context):
            context.out.line(line)
        left = look.without(db, context.env, context.settings, of, plan, facts.now)
        ours = applied.holds(context.env, plan.held)
        harm = standing.harm(plan, screen.sums(plan, facts), undo=ours)
        facts = facts._replace(without=left, harm=harm)
        context.out.line(context.out.fit(screen.report(plan, names, facts, room)))
        if growing := notes.reading(context.ledger(), of.first * days.DAY_MS, context.now_ms()):
            context.out.line(growing)
    return 0


class _Week(NamedTuple):
    """A subscriber's week: when it began, and what the client said of its limit ("": nothing).

    `since`: when, on the user's clock, where the client told of it.
    """

    since_ms: int
    told: str
    since: str = ""


def _week(context: Context) -> _Week | None:
    """The week that the client last reported, else the last seven days; None with a key."""
    if not context.plan:
        return None
    now_ms = context.now_ms()
    for one in rate_limits.read(context.ledger(), now_ms):
        if one.length_ms > days.DAY_MS:
            told = f"{one.percent:.0f} % of the week's limit used"
            since = dates.moment(one.began_ms, zone.of(context.settings))
            return _Week(one.began_ms, told, since)
    return _Week((days.day_of(now_ms) - 6) * days.DAY_MS, "")


def _made(context: Context, of: look.Span, week: _Week | None) -> Plan:
    progress = _progress(context)
    week_ms = week.since_ms if week else 0
    plan = look.plan(context.ledger(), context.env, context.settings, of, progress, week_ms=week_ms)
    if context.err.terminal:
        context.err.over()
    return plan


def _show(
    args: argparse.Namespace, context: Context, step: Step, plan: Plan, facts: screen.Facts
) -> None:
    names = look.session_uuids(context.ledger())
    if args.json:
        context.out.json([as_json.case_row(case, names) for case in step.cases])
        return
    width = _room(context)
    later = step in plan.later
    of = screen.sums(plan, facts)
    said = details.words(step, plan.steps, of, width, later=later, pairs=plan.undone)
    context.out.line(said)
    if later:
        return
    for line in lines.wrap(details.whose(step), width):
        context.out.line(line)
    context.out.line()
    paths = rows.main_transcripts(context.ledger(), [case.session for case in step.cases])
    told = {session: title.read(path) for session, path in paths.items()}
    lower = {
        one.session
        for one in step.cases
        if coverage.lower(context.ledger(), f"session:{one.session}")
    }
    listed = details.cases(step, names, told, lower)
    context.out.table(details.heads(step), listed, cuttable="Title")


def _chosen(
    words: Sequence[str], plan: Plan, *, later: bool = False, ours: Sequence[str] = ()
) -> Sequence[Step]:
    """The steps that `words` name: by number or by name; all of them, where none does.

    `later`: also those that are left for later. `ours`: those that `plan apply` put in force.

    Raises:
        UsageError: there is no such step.
    """
    if not words:
        return plan.steps
    every = [*plan.steps, *plan.better, *(plan.later if later else ())]
    places: set[int] = set()
    for word in words:
        found = {
            place
            for place, one in enumerate(every)
            if word in (one.name, one.lever) or (word == str(place + 1) and place < len(plan.steps))
        }
        if not found:
            if word in plan.held:
                own = f" ({standing.OWN[word]})" if word in plan.by_itself else ""
                back = "; `cheaproute plan undo`, and it is a step again" if word in ours else ""
                raise UsageError(f"no step {word!r}: it is in force already{own}{back}")
            if any(word == one.name for one in plan.later):
                raise UsageError(f"{word} is for later: it is a step once the others are in force")
            if word.lower() == "all":
                raise UsageError(
                    "no step 'all': `cheaproute plan` shows all of them, and `cheaproute plan"
                    " apply` without a name shows what they write and asks once for all"
                )
            known = ", ".join(one.name for one in every) or "none"
            raise UsageError(f"no step {word!r}: the plan has {known}")
        places |= found
    return [every[place] for place in sorted(places)]


def _room(context: Context) -> int:
    """The columns that are written for: as many as a person reads; into a pipe, all there are."""
    width = context.out.look.width
    return width if width >= draw.ENDLESS else min(width, lines.MOST)


def _progress(context: Context) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if context.err.terminal and done % 20 == 0:
            context.err.over(f"reading transcripts: {done} of {of}")

    return tell
