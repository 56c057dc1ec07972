"""`cheaproute rebuild`: the ledger made anew from the transcripts, keeping what only it knows."""

from __future__ import annotations

import argparse
import json
import os

from cheaproute import kinds
from cheaproute.cli import import_
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError, LedgerError
from cheaproute.ledger import store
from cheaproute.ledger.ingest import history
from cheaproute.ledger.upkeep import check, rebuild, repair
from cheaproute.money import plural
from cheaproute.usage.text import storable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def _is_the_cure(path: str) -> None:
    """Let pass what is well or damaged; a disk, rights or locks are not mended by reading again.

    Raises:
        LedgerError: what is wrong, with its own cure.
    """
    if not os.path.lexists(path):
        return
    try:
        store.connect(path).close()
    except LedgerError as error:
        if error.kind not in ("", kinds.CORRUPT):
            raise


def run(args: argparse.Namespace, context: Context) -> int:
    """Set a broken ledger aside, then read everything again."""
    path = paths.ledger_file(context.env)
    _is_the_cure(path)
    aside, recovered = "", 0
    if not repair.is_sound(path):
        try:
            aside = repair.set_aside(path, context.now_ms())
        except OSError as error:
            raise CheaprouteError(f"{path}: {error.strerror}: move it away yourself") from error
        context.say(f"{path} could not be used; it is kept as {aside}")
        recovered = repair.recover(context.ledger(), aside)
        context.say(f"{plural(recovered, 'row')} could be read from it")
    db = context.ledger()
    known = [row[0] for row in db.execute("SELECT path FROM file") if os.path.exists(row[0])]
    found = history.transcripts([*context.transcripts(), *known])
    with import_.progress(context, sum(size for _, size in found)) as advance:
        done = rebuild.rebuild(db, found, context.now_ms(), context.prices, advance)
    calls = db.execute("SELECT count(*) FROM call").fetchone()[0]
    gone = db.execute(
        "SELECT count(*) FROM call WHERE file NOT IN "
        "(SELECT id FROM file WHERE path IN (SELECT value FROM json_each(?)))",
        (json.dumps([storable(path) for path, _ in found if path not in done.unreadable]),),
    ).fetchone()[0]
    gone += done.kept
    problems = check.problems(db)
    if args.json:
        context.out.json(
            {
                "files": done.files,
                "bytes": done.bytes,
                "calls": calls,
                "kept": gone,
                "aside": aside or None,
                "recovered": recovered,
                **({"unreadable": sorted(done.unreadable.items())} if done.unreadable else {}),
                **({"problems": problems} if problems else {}),
            }
        )
    else:
        context.out.line(
            f"{plural(calls, 'call')}: {calls - gone:,} read again from "
            f"{plural(done.files, 'transcript')} "
            f"({done.bytes / 1e6:,.1f} MB), {gone:,} that only the ledger knows."
        )
    import_.say_unreadable(context, done)
    for line in problems:
        context.say(f"still wrong: {line}")
    return 1 if problems else 0
