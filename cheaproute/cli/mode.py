"""`cheaproute mode`: a part of `cheaproute plan` now; answers for one version."""

from __future__ import annotations

import argparse

from cheaproute.cli import plan, plan_undo
from cheaproute.cli.changes import undo
from cheaproute.cli.context import Context
from cheaproute.config import changes
from cheaproute.errors import UsageError

NAME = "mode"
_GONE = (
    "`cheaproute mode {}` is gone: `cheaproute plan apply main-model` puts everyday prompts on"
    " Sonnet and leaves hard ones on your model; `/model` sets a model for all of them"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words it had."""
    parser.add_argument(
        "mode",
        nargs="?",
        default="show",
        choices=("economy", "balanced", "quality", "off", "undo", "show"),
        metavar="MODE",
        help="undo (the last mode that was set), show (the plan)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="with show: as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Show the plan, or take the last mode back.

    Raises:
        UsageError: a mode was to be set; what to do instead.
    """
    if args.mode in ("undo", "off"):
        if changes.all_of(context.env, NAME):
            undo(args, context, NAME)
            return 0
        return plan_undo.undo(args, context)
    if args.mode != "show":
        raise UsageError(_GONE.format(args.mode))
    context.say("`cheaproute mode` is part of `cheaproute plan` now")
    args.action, args.since, args.days = "", None, None
    return plan.run(args, context)
