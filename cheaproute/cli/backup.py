"""`cheaproute backup FILE`: the whole ledger in one file, whatever sessions write meanwhile."""

from __future__ import annotations

import argparse
import os

from cheaproute.cli.context import Context
from cheaproute.errors import UsageError
from cheaproute.ledger.upkeep import copies
from cheaproute.money import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("file", metavar="FILE", help="where to write it; a new file")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the copy."""
    path = os.path.abspath(args.file)
    if os.path.exists(path) and not args.force:
        raise UsageError(f"{path} is there already: name another file, or say --force")
    size = copies.backup(context.ledger(), path)
    context.out.line(f"{path}: {plural(copies.check(path), 'call')}, {size / 1e6:,.1f} MB")
    context.say(f"`cheaproute restore {args.file}` puts it back")
    return 0
