"""`cheaproute ledger check`: whether the books add up, by a walk over all of them."""

from __future__ import annotations

import argparse
import os
from contextlib import closing

from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.ledger import store
from cheaproute.ledger.upkeep import check, unreadable
from cheaproute.money import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("action", choices=["check"], help="check: does everything add up")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Say in one line that all is well, or what does not add up, a line each."""
    path = paths.ledger_file(context.env)
    if not os.path.lexists(path):
        context.out.json({"problems": []}) if args.json else context.out.line("No ledger yet.")
        return 0
    with closing(store.connect(path)) as db:
        problems = check.problems(db)
        (calls,) = db.execute("SELECT count(*) FROM call").fetchone()
        places, skipped = unreadable.places(db), unreadable.skipped(db)
    if args.json:
        context.out.json({"problems": problems, "unreadable": places, "skipped": skipped})
        return 1 if problems else 0
    for line in problems:
        context.out.line(line)
    for place, why in places:
        context.say(f"not read: {place}: {why}")
    for place, line_number, why in skipped:
        context.say(f"not counted: {place}, line {line_number}: {why}")
    if problems:
        context.say("run `cheaproute rebuild`: it reads the transcripts again")
        return 1
    context.out.line(f"{plural(calls, 'call')}: everything adds up.")
    return 0
