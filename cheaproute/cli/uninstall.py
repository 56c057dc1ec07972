"""`cheaproute uninstall`: take away what the installer and the plugin made."""

from __future__ import annotations

import argparse
import os

from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "--purge", action="store_true", help="the ledger, the log and the settings, too"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: Context) -> int:
    """Hand over to `install.sh --uninstall`, which outlives the environment it removes.

    Raises:
        CheaprouteError: there is no such script, nothing that runs it, nobody to ask, or a cap
            would end by it and it is not seen to be a person who asks.
    """
    script = os.path.join(paths.ROOT, "install.sh")
    if not os.path.isfile(script):
        raise CheaprouteError(
            "installed as a Python package: `pip uninstall cheaproute` removes it"
        )
    shell = "/bin/sh"
    if not os.access(shell, os.X_OK):
        data = paths.data_dir(context.env)
        raise CheaprouteError(
            "no /bin/sh here: run `claude plugin uninstall cheaproute@cheaproute`, then delete "
            f"{data} (the ledger is in it)"
        )
    if not (args.yes or context.stdin.isatty()):
        more = " (with --purge the ledger is deleted, too)" if args.purge else ""
        raise CheaprouteError(f"nobody can be asked here: `cheaproute uninstall --yes`{more}")
    authority.before_all_ends(context)
    rest = "are asked about after that" if args.purge else "stay"
    question = f"Take cheaproute away? The ledger and the settings {rest}."
    if not (args.yes or context.confirm(question)):
        context.say("nothing was removed")
        return 1
    words = [word for word in ("--purge", "--yes") if getattr(args, word[2:])] + ["--asked"]
    context.close()
    for stream in (context.out.stream, context.err.stream):
        stream.flush()
    os.execve(shell, [shell, script, "--uninstall", *words], dict(context.env))  # noqa: S606
    return 0  # never: the script is this process now
