"""`cheaproute setup`: build or repair the environment now, or put up the status line."""

from __future__ import annotations

import argparse

from cheaproute.cli import setup_command, setup_statusline
from cheaproute.cli.context import Context
from cheaproute.config.venv import build, status
from cheaproute.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("environment", "statusline", "command"),
        default="environment",
        metavar="WHAT",
        help="environment (default); statusline: session, day and month in Claude Code; command: "
        "cheaproute on PATH, for those who installed the plugin alone",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--remove", action="store_true", help="take the status line or the command away again"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Make what is asked for.

    Raises:
        CheaprouteError: it could not be done, and why.
    """
    if args.what == "statusline":
        if args.remove:
            return setup_statusline.take_down(context)
        return setup_statusline.put_up(args, context)
    if args.what == "command":
        if args.remove:
            return setup_command.take_down(context)
        return setup_command.put_up(args, context)
    if args.remove:
        raise UsageError(
            "--remove goes with statusline or command; `install.sh --uninstall` removes the rest"
        )
    build.build(context.env, lambda line: context.say(f"cheaproute: {line}"), asked=True)
    context.out.line(f"ready: {status.python(context.env)}")
    return 0
