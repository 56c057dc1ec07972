"""Before a sum is shown: what sessions in which nothing of ours runs have written since.

Those with our hooks are counted by them; what was never read at all the sums say themselves.
"""

from __future__ import annotations

import hashlib
import os

from cheaproute.cli.context import Context
from cheaproute.client.transcript import layout
from cheaproute.days import DAY_MS
from cheaproute.hook import history as background
from cheaproute.ledger import intern, meta
from cheaproute.ledger.ingest import history
from cheaproute.ledger.query import coverage
from cheaproute.ledger.upkeep import catch_up
from cheaproute.report.figures import plural

_RECENT_S = 7 * DAY_MS / 1000
# A command typed as a prompt has seven seconds in all.
_WAIT_S = 4.0
# In `meta`: what was read last, so that what stays unread costs no second process.
_SEEN = "unread"


def read(context: Context) -> None:
    """Read what has grown, by what reads it when a session starts; say so where that goes on."""
    found = grown(context)
    seen = str(sorted((path, os.stat(path).st_size) for path in found if os.path.exists(path)))
    mark = hashlib.sha256(seen.encode()).hexdigest()
    if not found or meta.get(context.ledger(), _SEEN) == mark:
        return
    many = plural(len(found), "transcript")
    if context.err.terminal:
        context.err.over(f"reading {many} that grew since the last look")
    done = background.read_now(context.env, _WAIT_S)
    if context.err.terminal:
        context.err.over()
    if not done:
        lacking = "being read, these sums lack it"
        context.say(f"cheaproute: {many} grew since the last look: {lacking}")
    else:  # what is left cannot be read: torn, or nobody's to read
        meta.put(context.ledger(), _SEEN, mark)


def grown(context: Context) -> list[str]:
    """The transcripts of the last days that hold more than was read, and that no hook reads."""
    db, now_ms = context.ledger(), context.now_ms()
    if not coverage.is_whole(db, now_ms) or coverage.progress(db, 0, now_ms) is not None:
        return []
    every = history.transcripts(context.transcripts())
    return [
        path
        for path, _ in catch_up.grown(db, every)
        if _is_recent(path, now_ms) and not intern.is_with_hooks(db, layout.session_of(path), 0)
    ]


def _is_recent(path: str, now_ms: int) -> bool:
    try:
        return os.stat(path).st_mtime > now_ms / 1000 - _RECENT_S
    except OSError:
        return False
