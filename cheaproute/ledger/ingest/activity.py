"""What a session did, from its transcripts into `turn`, `tool` and `dispatch`; no text is kept.

Idempotent and incremental like the meter, with offsets of its own: it is not needed before the next
call, so it runs when a turn or a subagent ends, and for a whole history in the background.
"""

from __future__ import annotations

import os
from stat import S_ISREG

from cheaproute.client.transcript import activity, layout, peek, reader, rows
from cheaproute.ledger import agent_runs
from cheaproute.ledger.ingest.activity_writer import Writer
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.ingest.activity_writer import Judge

# At most so many bytes of a file at the end of a turn; the rest is read at the next one.
HOOK_BYTES = 24 << 20
# So much in one transaction: others wait to write for about a tenth of a second.
_CHUNK = 4 << 20
# So far back an answer is looked for that a prompt goes on from.
_NEAR = 256 << 10


def session(db: sqlite3.Connection, transcript: str, judge: Judge, most: int = HOOK_BYTES) -> None:
    """Bring the evidence up to date with a session's main transcript, at the end of a turn.

    What the turn's subagents did is counted once more: the last row of one may be written only
    after it was said to have stopped.
    """
    if not transcript:
        return
    read(db, transcript, judge, most)
    rows = db.execute(
        "SELECT d.id, d.agent FROM dispatch d JOIN session s ON s.id = d.session WHERE s.uuid = ?"
        " AND d.agent != '' AND d.ts_ms >= (SELECT coalesce(max(ts_ms), 0) FROM turn"
        "  WHERE session = s.id AND kind = 'prompt')",
        (layout.session_of(transcript),),
    )
    _count(db, rows.fetchall())


def subagent(db: sqlite3.Connection, transcript: str, agent: str, judge: Judge) -> None:
    """Bring the evidence up to date with one subagent of the session at `transcript`."""
    if not transcript or not agent or os.sep in agent:
        return
    read(db, peek.agent_path(transcript, agent), judge, HOOK_BYTES)
    tally(db, agent)


def read(db: sqlite3.Connection, path: str, judge: Judge, most: int | None = None) -> int:
    """Read the new whole lines of the transcript at `path`, up to about `most` bytes; how many.

    A file that cannot be read is passed over.
    """
    total = 0
    while most is None or total < most:
        done = _chunk(db, path, judge)
        if not done:
            break
        total += done
    return total


def _chunk(db: sqlite3.Connection, path: str, judge: Judge) -> int:
    """Read about `_CHUNK` bytes of new whole lines, in one transaction; how many."""
    row = db.execute("SELECT offset FROM surveyed WHERE path = ?", (path,)).fetchone()
    start = row[0] if row else 0
    try:
        status = os.stat(path)
        size = status.st_size
        if size == start or not S_ISREG(status.st_mode):
            return 0
        end = start = start if size > start else 0  # written anew
        told: list[activity.Moment] = []
        with open(path, "rb") as file:
            file.seek(start)
            while end - start <= _CHUNK and (line := file.readline(reader.MOST_LINE)):
                if not line.endswith(b"\n"):
                    if len(line) < reader.MOST_LINE:
                        break  # not all of it is written yet
                    # Too long, and passed over; its end will look like a line that is no JSON.
                elif any(mark in line for mark in activity.MARKS):
                    told += activity.moments(rows.decode(line))
                end += len(line)
        with Immediate(db):
            Writer(db, path, judge, lambda: _said(path, start)).put(told)
            db.execute("INSERT OR REPLACE INTO surveyed VALUES(?, ?)", (path, end))
    except OSError:
        return 0
    return end - start


def tally(db: sqlite3.Connection, agent: str = "") -> None:
    """Count turns, tools and edits into the dispatch of `agent`, "" for those never counted."""
    if agent:
        found = [(agent_runs.of_agent(db, agent), agent)]
    else:
        uncounted = "SELECT id, agent FROM dispatch WHERE agent != '' AND turns = 0"
        found = db.execute(uncounted).fetchall()
    _count(db, found)


def read_anew(db: sqlite3.Connection) -> None:
    """Let every transcript be read from its beginning, the next time one is."""
    with Immediate(db):
        db.execute("DELETE FROM surveyed")


def forget(db: sqlite3.Connection, before_ms: int) -> None:
    """Drop the single tool uses and turns from before `before_ms`; compactions date bookings."""
    with Immediate(db):
        db.execute("DELETE FROM tool WHERE ts_ms < ?", (before_ms,))
        db.execute("DELETE FROM turn WHERE ts_ms < ? AND kind != 'compact'", (before_ms,))


def _count(db: sqlite3.Connection, found: list[tuple[str, str]]) -> None:
    """Set the counts of dispatches, given with their subagents."""
    for id_, known in found:
        db.execute(
            "UPDATE dispatch SET turns = (SELECT count(*) FROM call c"
            "  WHERE c.session = dispatch.session AND c.agent = ?1) WHERE id = ?2",
            (known, id_),
        )
        # Without a transcript nothing is known of the tools; that is not the same as none.
        db.execute(
            "UPDATE dispatch SET (tools, edits) = (SELECT count(*), coalesce(sum(changes), 0)"
            "  FROM tool t WHERE t.session = dispatch.session AND t.agent = ?1)"
            " WHERE id = ?2 AND EXISTS"
            "  (SELECT 1 FROM tool t WHERE t.session = dispatch.session AND t.agent = ?1)",
            (known, id_),
        )


def _said(path: str, end: int) -> str:
    """The end of the last answer before byte `end` of the transcript; "" if none is near."""
    start = max(0, end - _NEAR)
    with open(path, "rb") as file:
        file.seek(start)
        lines = file.read(end - start).split(b"\n")
    for line in reversed(lines[1 if start else 0 :]):
        if b'"assistant"' in line and b'"type":"text"' in line:
            for moment in reversed(activity.moments(rows.decode(line))):
                if moment.kind == "said" and not moment.agent:
                    return moment.text
    return ""
