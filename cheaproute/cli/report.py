"""`cheaproute report`: everything as one HTML page that works offline."""

from __future__ import annotations

import argparse
import os
import pathlib
import webbrowser

from cheaproute import days
from cheaproute.cli import arguments, machines, output, progress
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.ledger.query import misses, totals
from cheaproute.money import plural
from cheaproute.report.date_range import Range
from cheaproute.report.page.facts import Plan, Step

_DAYS, _FEW = 30, 14


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    arguments.add_span(parser)
    arguments.add_project(parser)
    arguments.add_machines(parser)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there; - is stdout")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the page; its path goes to stdout."""
    from cheaproute.report.page import render

    reach, zone = arguments.span(args, context, utc=args.all_machines)
    project = arguments.project(args, context)
    report = machines.report(args, context, reach, zone, project)
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
    """What the plan's engine says of the page's days; None where it has nothing to go by.

    A few days say little: then it is about the 30 days up to their end.
    """
    from cheaproute.plan import look
    from cheaproute.plan.replay.parts import COLD, LONG

    db = context.ledger()
    past = min(reach.past, days.day_of(context.now_ms()) + 1)
    began = totals.first_day(db)
    first = max(reach.first, past - look.MOST_DAYS, past if began is None else began)
    span = look.Span(first if past - first >= _FEW else past - _DAYS, past)
    with progress.spinner(context, f"Looking at {plural(span.past - span.first, 'day')}"):
        made = look.plan(db, context.env, context.settings, span)
    if not made.spent:
        return None
    looked = (LONG, COLD)
    steps = [
        Step(one.title, one.setting, one.saves, one.low, one.high, one.risk) for one in made.steps
    ]
    return Plan(
        made.first, made.past, made.spent, made.saves, made.low, made.high, steps,
        [(name, nano) for name, nano in made.went.items() if nano and name not in looked],
        [(name, made.went[name]) for name in looked if made.went[name]],
    )  # fmt: skip
