"""`cheaproute report`: everything as one HTML page that works offline."""

from __future__ import annotations

import argparse
import os
import pathlib
import webbrowser

from cheaproute.cli import costs as costs_command
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.report import figures

_WEEK = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    costs_command.add_span(parser)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there; - is stdout")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the page; its path goes to stdout."""
    from cheaproute.report.page import render

    report = costs_command.build(args, context)
    proposals = _proposals(context) if report.running and not report.project else []
    text = render.render(context.ledger(), report, proposals)
    if args.output == "-":
        context.out.write(text)
        return 0
    path = os.path.abspath(args.output or os.path.join(paths.data_dir(context.env), "report.html"))
    _write(path, text)
    context.out.line(path)
    if args.open and not webbrowser.open(pathlib.Path(path).as_uri()):
        context.say(f"no browser could be started: open {path}")
    return 0


def _proposals(context: Context) -> list[str]:
    """What `cheaproute tune` says of the last week, a line each."""
    from cheaproute.plan.evidence.gather import gather
    from cheaproute.plan.steps import propose

    evidence = gather(context.ledger(), _WEEK, context.now_ms(), context.settings)
    return [
        f"{one.title}: {one.why} ({figures.money(one.month_nano)} a month)"
        for one in propose.propose(evidence)
    ]


def _write(path: str, text: str) -> None:
    """Put `text` at `path`, readable by the user alone: it names projects and sessions."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
