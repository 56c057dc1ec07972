"""`cheaproute setup command`: a `cheaproute` on PATH, for those who installed the plugin alone.

It is a link through the data directory's link to the plugin, which an update moves along.
"""

from __future__ import annotations

import argparse
import os

from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError


def place(context: Context) -> str:
    """Where the link stands."""
    return os.path.join(paths.home(context.env), ".local", "bin", "cheaproute")


def put_up(args: argparse.Namespace, context: Context) -> int:
    """Make the link, after asking.

    Raises:
        CheaprouteError: something else has that name, or the link cannot be made.
    """
    where, target = place(context), _target(context)
    if os.path.islink(where) and os.path.realpath(where) == os.path.realpath(target):
        context.out.line(f"{where} is there already")
        return 0
    if os.path.lexists(where) and not _ours(where):
        raise CheaprouteError(f"{where} is something else: left alone")
    if not args.yes and not context.confirm(f"Put a cheaproute command into {where}?"):
        context.say(f"nothing was done; `{target} setup command --yes` does it without asking")
        return 1
    try:
        os.makedirs(os.path.dirname(where), exist_ok=True)
        if os.path.lexists(where):
            os.unlink(where)
        os.symlink(target, where)
    except OSError as error:
        raise CheaprouteError(f"{where}: {error.strerror}") from error
    directory = os.path.dirname(where)
    if directory in context.env.get("PATH", "").split(os.pathsep):
        context.out.line(f"`cheaproute` works in every terminal now: {where}")
    else:
        context.out.line(f"{where} is there now, and not on PATH yet: add {directory} to it")
    return 0


def take_down(context: Context) -> int:
    """Take the link away, if it is ours."""
    where = place(context)
    if os.path.islink(where) and _ours(where):
        os.unlink(where)
        context.say(f"removed {where}")
    return 0


def _target(context: Context) -> str:
    link = paths.link(context.env)
    root = link if os.path.isdir(link) else paths.ROOT
    return os.path.join(root, "bin", "cheaproute")


def _ours(where: str) -> bool:
    return os.path.islink(where) and os.readlink(where).endswith("/bin/cheaproute")
