"""`cheaproute uninstall`: take away what the installer and the plugin made."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from cheaproute import days
from cheaproute.cap.fallback import unbooked
from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import totals
from cheaproute.money import plural
from cheaproute.report import figures


def lost(env: Mapping[str, str]) -> str:
    """What is lost with the ledger, a text for install.sh; "" where nothing can be told."""
    context = Context(env)
    try:
        first = totals.first_day(context.db) if os.path.exists(paths.ledger_file(env)) else None
        if first is None:
            return ""
        today = days.day_of(context.now_ms())
        months = totals.by(context.db, "month", first, today + 2)
    except Exception:  # noqa: BLE001 - what is broken goes, too
        return ""
    finally:
        context.close()
    whole = totals.total(months)
    return (
        f"The ledger has {plural(whole.calls, 'call')} of {plural(len(months), 'month')} in it "
        f"(since {days.iso(first)}, {figures.amount(whole)}), what was routed and saved, your "
        "caps. Claude Code deletes transcripts after a month, unless told otherwise: what is gone "
        "there cannot be counted again."
    )


def what(*, purge: bool) -> tuple[str, str]:
    """What goes and what stays, a sentence each."""
    rest = "You are asked about after that" if purge else "What stays"
    goes = (
        "What goes: the plugin and its marketplace in Claude Code, the command, the environment,"
        " and what `plan apply` and `setup statusline` wrote (in Claude Code's settings.json and"
        " in config.toml)."
    )
    stays = "the ledger, the log, the page (report.html), your caps and the rest of config.toml"
    return goes, f"{rest}: {stays}."


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
    if not args.yes:
        for line in what(purge=args.purge):
            context.err.prose(line)
    if not (args.yes or context.confirm("Take cheaproute away?")):
        context.say("nothing was removed")
        return 1
    words = [word for word in ("--purge", "--yes") if getattr(args, word[2:])] + ["--asked"]
    context.close()
    if args.purge:
        unbooked.forget(paths.beside_dirs(context.env))
    for stream in (context.out.stream, context.err.stream):
        stream.flush()
    os.execve(shell, [shell, script, "--uninstall", *words], dict(context.env))  # noqa: S606
    return 0  # never: the script is this process now
