"""`cheaproute report`: everything as one HTML page that works offline."""

from __future__ import annotations

import argparse
import os
import pathlib
import webbrowser

from cheaproute.cli import arguments, output
from cheaproute.cli.context import Context
from cheaproute.config import paths, reader
from cheaproute.report import costs, figures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    arguments.add_span(parser)
    arguments.add_project(parser)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there; - is stdout")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the page; its path goes to stdout."""
    from cheaproute.report.page import render

    reach, zone = arguments.span(args, context)
    report = costs.build(
        context.ledger(),
        context.now_ms(),
        reach,
        zone=zone,
        project=arguments.project(args, context),
        plan=context.plan,
    )
    proposals = _proposals(context) if report.running and not report.project else []
    text = render.render(context.ledger(), report, proposals)
    if args.output == "-":
        context.out.write(text)
        return 0
    path = os.path.abspath(args.output or os.path.join(paths.data_dir(context.env), "report.html"))
    output.put(path, text)
    context.out.line(path)
    if args.open and not webbrowser.open(pathlib.Path(path).as_uri()):
        context.say(f"no browser could be started: open {path}")
    return 0


def _proposals(context: Context) -> list[str]:
    """The steps of `cheaproute plan`, a line each."""
    from cheaproute.plan import look

    db = context.ledger()
    span = look.span(db, reader.whole(context.settings, "tune.days"), context.now_ms())
    plan = look.plan(db, context.env, context.settings, span)
    return [
        f"{one.title}: {figures.money(one.saves)} less in {span.past - span.first} days"
        f" ({figures.money(one.low)} to {figures.money(one.high)})"
        for one in plan.steps
    ]
