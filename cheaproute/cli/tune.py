"""`cheaproute tune`: what is `cheaproute plan` now; answers for one version."""

from __future__ import annotations

import argparse

from cheaproute.cli import plan, plan_undo
from cheaproute.cli.context import Context

_SAID = "`cheaproute tune` is `cheaproute plan` now: see `cheaproute plan --help`"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words it had."""
    parser.add_argument("--days", type=int, metavar="N", help="look back so far")
    parser.add_argument("--json", action="store_true", help="as JSON")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--backtest", action="store_true", help="every figure is a replay now")
    action.add_argument("--apply", action="store_true", help="`cheaproute plan apply`")
    action.add_argument("--undo", action="store_true", help="`cheaproute plan undo`")
    parser.add_argument("--only", metavar="STEP", help="of the steps, this one (with --apply)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what the new command does."""
    context.say(_SAID)
    if args.undo:
        return plan_undo.undo(args, context)
    args.since, args.step = None, [args.only] if args.only else []
    args.action = "apply" if args.apply else ""
    return plan.run(args, context)
