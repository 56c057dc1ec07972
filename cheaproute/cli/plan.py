"""`cheaproute plan`: what would have saved most, from the user's own history."""

from __future__ import annotations

import argparse

from cheaproute.cli import plan_replay
from cheaproute.cli.context import Context

NAME = "plan"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    replay = actions.add_parser("replay", help="the main loops under other settings, as a bill")
    plan_replay.add_arguments(replay)


def run(args: argparse.Namespace, context: Context) -> int:
    """Replay."""
    return plan_replay.run(args, context)
