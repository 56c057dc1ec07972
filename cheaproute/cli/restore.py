"""`cheaproute restore FILE`: a copy of the ledger put back, and read on from the transcripts."""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3

from cheaproute.cli import authority, import_
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.ingest import history
from cheaproute.ledger.upkeep import copies, repair
from cheaproute.ledger.upkeep.merge import Merge
from cheaproute.money import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("file", metavar="FILE", help="what `cheaproute backup` wrote")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _known(db: sqlite3.Connection) -> list[str]:
    """The transcripts that the copy was made from, wherever they lie, as far as they are there."""
    return [path for (path,) in db.execute("SELECT path FROM file") if os.path.isfile(path)]


def run(args: argparse.Namespace, context: Context) -> int:
    """Set today's ledger aside, put the copy in its place, and read what came since.

    So a cap goes by what transcripts tell, not by the copy's day; the limits are those of today.
    What no transcript tells (delegated and tracked calls since) is taken from the ledger set aside.
    """
    path, source = paths.ledger_file(context.env), os.path.abspath(args.file)
    if not os.path.exists(source):
        raise CheaprouteError(f"{source}: there is no such file")
    if os.path.realpath(source) == os.path.realpath(path):
        raise CheaprouteError(f"{source} is the ledger itself: nothing to put back")
    calls = copies.check(source)
    authority.where_a_cap_holds(context)
    there = os.path.lexists(path)
    question = f"Put {source} ({plural(calls, 'call')}) in the place of {path}, which is kept?"
    if there and not args.yes and not context.confirm(question):
        context.say("nothing was changed (--yes does not ask)")
        return 1
    context.close()
    before = repair.set_aside(path, context.now_ms()) if there else ""
    copies.restore(source, path, before)
    more = 0
    with contextlib.ExitStack() as stack:
        merge = None
        if before:
            context.say(f"the ledger of before is kept as {before}")
            with contextlib.suppress(sqlite3.Error, OSError):  # damaged: that may be why
                other = stack.enter_context(copies.reading(before))
                merge = Merge(context.ledger(), other, context.prices)
                merge.evidence()
        places = [*context.transcripts(), *_known(context.ledger())]
        places += merge.transcripts() if merge else []
        done = import_.read(context, history.transcripts(places))
        if merge:
            more = merge.calls()
    context.out.line(f"{calls:,} calls put back, {done.calls:,} new or completed since")
    if more:
        context.out.line(f"{more:,} that no transcript tells came from the ledger of before")
    import_.say_unreadable(context, done)
    return 0
