"""What sessions did beside their calls, brought up to date from all their transcripts."""

from __future__ import annotations

from cheaproute.ledger import meta
from cheaproute.ledger.ingest import activity
from cheaproute.ledger.query import rows, surveyed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from cheaproute.ledger.ingest.activity_writer import Judge

# By which rules the prompts that are kept were judged.
_JUDGED, _BY = "plan.judged_by", "turns.3"


def read(
    db: sqlite3.Connection,
    since_ms: int,
    judge: Judge,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Read it of the sessions that were active since `since_ms`.

    `progress` is told before each transcript how many are done, and of how many.
    """
    if meta.get(db, _JUDGED) != _BY:  # what other rules said of the prompts is no evidence
        activity.read_anew(db)
        meta.put(db, _JUDGED, _BY)
    paths = rows.transcripts(db, since_ms)
    for number, path in enumerate(paths):
        progress(number, len(paths))
        activity.read(db, path, judge)
    activity.tally(db)
    surveyed.note(db, since_ms)
