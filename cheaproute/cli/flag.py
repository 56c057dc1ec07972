"""`cheaproute flag`: say whether a routing decision was good; tuning counts it."""

from __future__ import annotations

import argparse

from cheaproute.cli.context import Context
from cheaproute.errors import CheaprouteError
from cheaproute.ledger import agent_runs as written
from cheaproute.ledger.query import agent_runs
from cheaproute.report.terminal import decisions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("id", metavar="ID", help="the id, or its end, as `cheaproute why` shows it")
    parser.add_argument("verdict", choices=("good", "bad", "none"))


def run(args: argparse.Namespace, context: Context) -> int:
    """Keep the user's verdict."""
    db = context.ledger()
    rows = agent_runs.matching(db, args.id)
    if not rows:
        raise CheaprouteError(f"no decision {args.id!r}: `cheaproute why` lists the latest")
    if len(rows) > 1:
        ids = ", ".join(row.id for row in rows[:4])
        raise CheaprouteError(f"{args.id!r} names {len(rows)} decisions: {ids}: give more of it")
    row = rows[0]
    row.flag = "" if args.verdict == "none" else args.verdict
    written.set_flag(db, row.id, row.flag)
    context.say(f"{args.verdict}: {decisions.headline(row, context.now_ms())}")
    return 0
