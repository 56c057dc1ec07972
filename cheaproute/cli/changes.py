"""Changes to a user's files: shown, asked for, taken back; what several commands do alike."""

from __future__ import annotations

import argparse
import difflib

from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import changes, taken_back
from cheaproute.config.changes import Change


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

    Of one that was changed since, only what is still as `made` left it; with --yes, every byte.

    Raises:
        CheaprouteError: what was changed since cannot be told from what `made` changed, or it would
            set what only a person may.
    """
    for change in reversed(made):
        now = changes.read(change.path)
        if now == change.before:  # it was never written, or was put back already
            changes.forget(change)
            continue
        whole = now == change.after or args.yes
        if now is None and not whole:
            changes.forget(change)
            context.say(f"{change.path} is gone, and what was changed in it with it")
            continue
        back = change.before if whole else taken_back.keys(change, now or b"")
        authority.a_file(context, change.path, now, back)
        show_diff(context, change.path, _text(now), _text(back))
        if whole:
            changes.take_back(change)
            context.say(f"{change.path} is as it was before")
        else:
            changes.put(change, back or b"")
            context.say(f"{change.path} was changed since: what is new in it stays, ours is out")


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def undo(args: argparse.Namespace, context: Context, name: str) -> None:
    """Take the last change of `name` back; what was changed since by hand, only with --yes.

    Raises:
        CheaprouteError: there is none, or the file was changed since.
    """
    take_back(args, context, [changes.last(context.env, name)])
