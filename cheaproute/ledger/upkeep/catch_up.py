"""What was written while nothing of ours was there to read it: the running month, then the rest.

Run in the background when a session starts. Sessions without hooks, rows that a killed hook left,
and on a first run the whole history come in by this.
"""

from __future__ import annotations

import os
import time

from cheaproute.client.transcript import layout
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.ledger import meta
from cheaproute.ledger.ingest import history
from cheaproute.ledger.query import coverage
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from cheaproute.usage.prices import Prices

# Between two batches of old history others have the disk, the processor and the ledger.
PAUSE_S = 0.2
_BATCH_BYTES, _BATCH_FILES = 8 << 20, 100


def begin(db: sqlite3.Connection, now_ms: int) -> bool:
    """Note that cheaproute is there, the first time; whether the month has still to be read."""
    if not meta.get(db, coverage.SINCE_MS):
        with Immediate(db):
            (since,) = db.execute("SELECT min(ts_ms) FROM dispatch WHERE action != ''").fetchone()
            meta.put(db, coverage.SINCE_MS, str(since or now_ms))
    return not coverage.is_whole(db, now_ms)


def run(
    db: sqlite3.Connection, places: Iterable[str], now_ms: int, prices: Prices
) -> list[tuple[str, str]]:
    """Count what the transcripts below `places` gained this month, which is whole by then.

    Returns `(uuid, place)` of the sessions that gained something while cheaproute was there to see
    it; none of them at a first run.
    """
    known = coverage.is_whole(db, now_ms)
    meta.put(db, coverage.READING_MS, str(now_ms))
    every = history.transcripts(places)
    found = grown(db, every)
    first_s = span(month_of(now_ms // DAY_MS))[0] * DAY_MS / 1000
    recent = [item for item in found if _changed_s(item[0]) >= first_s]
    uuids = {layout.session_of(path) for path, _ in recent} - {""} if known else set()
    before = _spent(db, uuids)
    told = Told(db, every, found, now_ms)
    for batch in [*history.batches(recent, _BATCH_BYTES, _BATCH_FILES)] or [[]]:
        history.read(db, history.Found(batch, found.unreadable), now_ms, prices, told.more)
    whole(db, now_ms)
    db.execute("DELETE FROM meta WHERE key = ?", (coverage.READING_MS,))
    return [
        (uuid, place)
        for uuid, (nano, place) in sorted(_spent(db, uuids).items())
        if nano > before.get(uuid, (0, ""))[0]
    ]


def rest(
    db: sqlite3.Connection,
    places: Iterable[str],
    now_ms: int,
    prices: Prices,
    *,
    pause_s: float = PAUSE_S,
) -> int:
    """Count what is older, the newest first, gently; how many files that were."""
    every = history.transcripts(places)
    found = sorted(grown(db, every), key=_changed, reverse=True)
    told = Told(db, every, found, now_ms)
    for batch in history.batches(found, _BATCH_BYTES, _BATCH_FILES):
        time.sleep(pause_s)
        history.read(db, batch, now_ms, prices, told.more)
    all_read(db)
    return len(found)


def all_read(db: sqlite3.Connection) -> None:
    """Note that no reading of the history is under way, and none is left to be done."""
    db.execute("DELETE FROM meta WHERE key IN (?, ?)", (coverage.PROGRESS, coverage.READING_MS))


class Told:
    """How much of `every` transcript is read, for whoever shows a sum meanwhile.

    `left` are those still to be read; a batch of them is nothing to tell of. One that takes up what
    another left goes on from there.
    """

    __slots__ = ("_db", "_done", "_long", "_now_ms", "_total")

    def __init__(
        self,
        db: sqlite3.Connection,
        every: Collection[tuple[str, int]],
        left: Collection[tuple[str, int]],
        now_ms: int,
    ) -> None:
        unread = sum(size for _, size in left)
        self._db, self._now_ms = db, now_ms
        self._total = sum(size for _, size in every)
        self._done, self._long = self._total - unread, unread > _BATCH_BYTES
        self.more(0)

    def more(self, size: int) -> None:
        """Another `size` bytes are read."""
        self._done += size
        if not self._long:
            return
        percent = min(99, self._done * 100 // self._total)
        meta.put(self._db, coverage.PROGRESS, f"{percent} {self._now_ms}")


def whole(db: sqlite3.Connection, now_ms: int) -> None:
    """Note that all of the running month was read."""
    month = month_of(now_ms // DAY_MS)
    if meta.get(db, coverage.WHOLE_MONTH) == month:
        return
    with Immediate(db):
        if not meta.get(db, coverage.WHOLE_MONTH):
            meta.put(db, coverage.WHOLE_MS, str(now_ms))
            row = db.execute(
                "SELECT cost_nano FROM spent WHERE period = ?", (f"month:{month}",)
            ).fetchone()
            meta.put(db, coverage.WHOLE_NANO, str(row[0] if row else 0))
        meta.put(db, coverage.WHOLE_MONTH, month)


def grown(db: sqlite3.Connection, found: history.Found) -> history.Found:
    """Those of `found` that hold more than was read of them, or less."""
    read = dict(db.execute("SELECT path, offset FROM file").fetchall())
    items = (item for item in found if read.get(storable(item[0])) != item[1])
    return history.Found(items, found.unreadable)


def _changed(item: tuple[str, int]) -> float:
    return _changed_s(item[0])


def _changed_s(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _spent(db: sqlite3.Connection, uuids: Collection[str]) -> dict[str, tuple[int, str]]:
    """What the ledger has of each session, nano-dollars, and the directory it ran in."""
    found = {}
    for uuid in uuids:
        row = db.execute(
            "SELECT coalesce(cost_nano, 0), coalesce(path, (SELECT at.path FROM call"
            " JOIN project AS at ON at.id = call.project WHERE call.session = session.id LIMIT 1),"
            " '') FROM session"
            " LEFT JOIN spent ON spent.period = 'session:' || session.id"
            " LEFT JOIN project ON project.id = session.project WHERE uuid = ?",
            (uuid,),
        ).fetchone()
        if row is not None:
            found[uuid] = (row[0], row[1])
    return found
