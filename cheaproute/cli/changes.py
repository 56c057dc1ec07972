"""Changes to a user's files: shown, asked for, taken back; what several commands do alike."""

from __future__ import annotations

import argparse
import difflib

from cheaproute.cli.context import Context
from cheaproute.config import changes
from cheaproute.config.changes import Change
from cheaproute.errors import CheaprouteError


def show_diff(context: Context, path: str, before: str, after: str) -> None:
    """Print what would change in a file."""
    rows = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, path, lineterm="", n=2
    )
    for row in rows:
        context.out.line(row)


def confirmed(args: argparse.Namespace, context: Context, question: str) -> bool:
    """Whether it may be done; nobody to ask is a no that says how to say yes."""
    if args.yes or context.confirm(question):
        return True
    context.say("nothing was changed (`--yes` says yes)")
    return False


def take_back(args: argparse.Namespace, context: Context, made: list[Change]) -> None:
    """Put the files back that `made` changed, the last first, and say so.

    Raises:
        CheaprouteError: one was changed since, and nobody said --yes.
    """
    for change in made:
        later = [one for one in made[made.index(change) + 1 :] if one.path == change.path]
        if not later and not changes.untouched(change) and not args.yes:
            raise CheaprouteError(
                f"{change.path} was changed since: see {change.place}, or overwrite it with --yes"
            )
    for change in reversed(made):
        now = changes.read(change.path) or b""
        show_diff(
            context,
            change.path,
            now.decode("utf-8", "replace"),
            (change.before or b"").decode("utf-8", "replace"),
        )
        changes.take_back(change)
        context.say(f"{change.path} is as it was before")


def undo(args: argparse.Namespace, context: Context, name: str) -> None:
    """Take the last change of `name` back; what was changed since by hand, only with --yes.

    Raises:
        CheaprouteError: there is none, or the file was changed since.
    """
    take_back(args, context, [changes.last(context.env, name)])
