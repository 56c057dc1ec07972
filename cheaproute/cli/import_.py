"""`cheaproute import`: what Claude Code has written down, into the ledger. Twice is no harm."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cheaproute.cli import story
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.ingest import history
from cheaproute.ledger.upkeep import daily
from cheaproute.report.figures import plural
from cheaproute.usage import prices


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
    places = args.place or [os.path.join(paths.claude_dir(context.env), "projects")]
    found = history.transcripts(places)
    done = read(context, found)
    if args.json:
        context.out.json({"files": done.files, "bytes": done.bytes, "calls": done.calls})
    elif not found:
        context.out.line(f"No transcripts below {', '.join(places)}: nothing to import.")
    else:
        context.out.line(
            f"{plural(done.calls, 'call')} new or changed, from "
            f"{plural(done.files, 'transcript')} ({done.bytes / 1e6:,.1f} MB)."
        )
        story.tell(context)
    return 0


def read(context: Context, found: list[tuple[str, int]]) -> history.Backfill:
    """Bring the user's ledger up to date with the transcripts `found`; progress on a terminal."""
    overrides = context.settings["prices"]["overrides"]  # type: ignore[index]
    table, db = prices.load(overrides), context.ledger()
    with progress(context, sum(size for _, size in found)) as advance:
        done = history.read(db, found, context.now_ms(), table, advance)
    keep_days = context.settings["ledger"]["keep_days"]  # type: ignore[index]
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
