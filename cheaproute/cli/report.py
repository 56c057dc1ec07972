"""`cheaproute report`: everything as one HTML page that works offline."""

from __future__ import annotations

import argparse
import os
import pathlib
import webbrowser

from cheaproute import days
from cheaproute.cli import arguments, machines, output, progress
from cheaproute.cli.context import Context
from cheaproute.config import paths, reader
from cheaproute.ledger.query import misses, sessions
from cheaproute.money import plural
from cheaproute.report import hint
from cheaproute.report.date_range import Range
from cheaproute.report.page.facts import Plan, Step
from cheaproute.report.terminal import command, screen

_DAYS = 30
_FEW, _MANY = 14, 62


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    arguments.add_span(parser)
    arguments.add_project(parser)
    arguments.add_machines(parser)
    section = "with a section by person, from your team's server (days are UTC)"
    parser.add_argument("--by", choices=("person",), default="", help=section)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there; - is stdout")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the page; its path goes to stdout."""
    from cheaproute.report.page import render

    reach, zone = arguments.span(args, context, utc=args.all_machines or bool(args.by))
    project = arguments.project(args, context)
    report = machines.report(args, context, reach, zone, project)
    if not report.total.calls:
        context.say(f"{screen.about(report)}: {hint.choose(report) or report.reading}")
    if args.by:
        report.people = machines.by_person(context, report)
    plan = _plan(context, reach) if not report.project else None
    found = misses.of(
        context.ledger(), reach.first, reach.past, context.prices, project=report.project
    )
    text = render.render(
        context.ledger(),
        report,
        plan,
        home=paths.home(context.env),
        missed=misses.sums(found, "why"),
        named=command.titled(context.settings),
    )
    if args.output == "-":
        context.out.write(text)
        return 0
    path = os.path.abspath(args.output or os.path.join(paths.data_dir(context.env), "report.html"))
    output.put(path, text)
    context.out.line(path)
    if args.open and not webbrowser.open(pathlib.Path(path).as_uri()):
        context.say(f"no browser could be started: open {path}")
    return 0


def _plan(context: Context, reach: Range) -> Plan | None:
    """What the plan's engine says of the days up to the page's end; None if they hold nothing.

    They are as many as `cheaproute plan` looks at: one plan, one figure. Who names the first day
    and the last, some weeks apart, means them.
    """
    from cheaproute.plan import applied, look, standing, sums, went
    from cheaproute.plan.replay.parts import COLD, LONG
    from cheaproute.plan.steps import choice

    db = context.ledger()
    today = days.day_of(context.now_ms())
    past = min(reach.past, today + 1)
    named = not (reach.name or reach.month) and _FEW <= past - reach.first <= _MANY
    many = reader.whole(context.settings, "plan.days") or _DAYS
    span = look.Span(reach.first if named else past - many, past)
    if past > today and not named:
        span = look.span(db, many, context.now_ms())
    with progress.spinner(context, f"Looking at {plural(span.past - span.first, 'day')}"):
        made = look.plan(db, context.env, context.settings, span)
    if not made.spent:
        return None
    looked = (LONG, COLD)
    steps = [
        Step(one.title, one.setting, one.saves, one.low, one.high, one.risk, adds, one.name)
        for one in made.steps
        for adds in [choice.adds(one, made.steps)]
    ]
    lack = went.lacking(db, made.first, made.past, context.prices)
    now = sessions.latest_model(db)
    left = look.without(db, context.env, context.settings, span, made, now)
    of = look.sums(db, made, subscription=context.subscription)
    stands = (
        standing.harm(made, of, undo=applied.holds(context.env, made.held)),
        standing.sentence(made, of, applied.steps(context.env)),
    )
    added = (sums.added(made.steps, made.saves), *map(sums.undone, made.undone))
    return Plan(
        made.first, made.past, made.spent, made.saves, made.low, made.high, steps,
        [(name, nano) for name, nano in made.went.items() if nano and name not in looked],
        [(name, made.went[name]) for name in looked if made.went[name]],
        " ".join(filter(None, stands)), of.lower, made.held_nano,
        went.marks(made, lack), went.lacks(made, lack),
        standing.stays(made, now, left), sums.instead(of, made.saves),
        " ".join(filter(None, added)),
    )  # fmt: skip
