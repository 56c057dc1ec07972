"""`cheaproute report`: everything as one HTML page that works offline."""

from __future__ import annotations

import argparse
import os
import pathlib
import webbrowser

from cheaproute.cli import arguments, machines, output, progress
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.ledger.query import misses
from cheaproute.report.page.facts import Plan, Step

_DAYS = 30


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
    plan = _plan(context) if not report.project else None
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


def _plan(context: Context) -> Plan | None:
    """What the plan's engine says of the last 30 days; None where it has nothing to go by."""
    from cheaproute.plan import look

    db = context.ledger()
    span = look.span(db, _DAYS, context.now_ms())
    with progress.spinner(context, "Looking at 30 days"):
        made = look.plan(db, context.env, context.settings, span)
    if not made.spent:
        return None
    steps = [
        Step(one.title, one.setting, one.saves, one.low, one.high, one.risk) for one in made.steps
    ]
    return Plan(
        made.first, made.past, made.spent, made.saves, made.low, made.high, steps,
        [(name, nano) for name, nano in made.went.items() if nano],
    )  # fmt: skip
