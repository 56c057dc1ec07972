"""`cheaproute import`: what Claude Code has written down, into the ledger. Twice is no harm."""

from __future__ import annotations

import argparse
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cheaproute.cli import story
from cheaproute.cli.context import Context
from cheaproute.config import reader
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.ingest import history
from cheaproute.ledger.upkeep import catch_up, daily
from cheaproute.report.figures import plural

_NAMED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "place",
        nargs="*",
        metavar="DIR",
        help="directories or files of transcripts (default: Claude Code's own, "
        "$CLAUDE_CONFIG_DIR or ~/.claude)",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Read the transcripts and say what was new."""
    for place in args.place:
        if not os.path.exists(place):
            raise CheaprouteError(f"{place}: there is no such directory or file")
        if not os.path.isdir(place) and not place.endswith(".jsonl"):
            raise CheaprouteError(f"{place}: no transcript: they are named ID.jsonl")
    places = args.place or context.transcripts()
    found = history.transcripts(places)
    db = context.ledger()
    before = _calls(db)
    done = read(context, found)
    new = max(0, _calls(db) - before)
    if not args.place:
        catch_up.whole(db, context.now_ms())
        catch_up.all_read(db)
    if args.json:
        counts = {"files": done.files, "bytes": done.bytes, "calls": done.calls}
        lacking = {"unreadable": sorted(done.unreadable.items())} if done.unreadable else {}
        context.out.json({**counts, **lacking})
    elif not found:
        context.out.line(f"No transcripts below {', '.join(places)}: nothing to import.")
    else:
        context.out.line(
            f"{plural(new, 'new call')}{_completed(new, done.calls)} in "
            f"{plural(done.files, 'transcript')} ({done.bytes / 1e6:,.1f} MB)."
        )
        if len(places) > 1:
            for place in places:
                within = sum(path.startswith(place + os.sep) for path, _ in found)
                context.out.line(f"  {within:,} in {place}")
        story.tell(context)
    say_unreadable(context, done)
    return 0


def _calls(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM call").fetchone()[0])


def _completed(new: int, written: int) -> str:
    """What was known already, where nothing else was found."""
    return f" ({plural(written, 'known one')} completed)" if written and not new else ""


def say_unreadable(context: Context, done: history.Backfill) -> None:
    """Name what could not be read: the sums lack it."""
    if not done.unreadable:
        return
    context.say(f"{len(done.unreadable):,} could not be read; the sums lack what they hold:")
    for place, why in sorted(done.unreadable.items())[:_NAMED]:
        context.say(f"  {place}: {why}")
    if len(done.unreadable) > _NAMED:
        context.say(f"  and {len(done.unreadable) - _NAMED:,} more (`cheaproute ledger check`)")


def read(context: Context, found: list[tuple[str, int]]) -> history.Backfill:
    """Bring the user's ledger up to date with the transcripts `found`; progress on a terminal."""
    table, db = context.prices, context.ledger()
    with progress(context, sum(size for _, size in found)) as advance:
        done = history.read(db, found, context.now_ms(), table, advance)
    keep_days = reader.whole(context.settings, "ledger.keep_days")
    daily.run(db, table, keep_days, context.now_ms())
    return done


@contextmanager
def progress(context: Context, total: int) -> Iterator[Callable[[int], None]]:
    """A bar of `total` bytes on stderr, where a terminal and rich show it."""
    bar = None
    if context.err.terminal:
        try:
            from rich import progress as bars
            from rich.console import Console
        except ImportError:
            pass
        else:
            bar = bars.Progress(
                bars.TextColumn("Importing"),
                bars.BarColumn(),
                bars.DownloadColumn(),
                bars.TransferSpeedColumn(),
                bars.TimeRemainingColumn(),
                console=Console(file=context.err.stream),
                transient=True,
            )
    if bar is None:
        yield lambda _: None
        return
    with bar:
        task = bar.add_task("", total=total)
        yield lambda size: bar.advance(task, size)
