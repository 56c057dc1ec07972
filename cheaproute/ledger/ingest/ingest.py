"""New transcript bytes into the ledger, at each hook and for a whole history.

Idempotent, and safe to kill at any point: a file's offset is written in the transaction that
writes its calls. Of each file it asks only whether it grew, and reads only what is new.
"""

from __future__ import annotations

from cheaproute.client.transcript import layout, reader
from cheaproute.ledger import intern
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.client.transcript.reader import File
    from cheaproute.client.transcript.scan import Scan
    from cheaproute.ledger.calls.batch_totals import Tally
    from cheaproute.ledger.calls.record import Recorder
    from cheaproute.usage.prices import Prices

# So many bytes are read and written in one go. A hook that runs out of time on a long history has
# kept all but the last of them, and the next goes on from there. (A line that is too long is
# read twice as far as `MOST_LINE` before it is passed over: less would not get past it.)
BOUND = 4 * reader.MOST_LINE
# From so many calls on, summing them up here is faster than in triggers.
MANY = 200
_MANY_FILES = 8


class Metered:
    """What a look at the transcripts brought.

    `session` is the row id of the first file's session (0: nothing is known of it), `calls` how
    many calls were new or changed, `unreadable` what could not be read, and why.
    """

    __slots__ = ("calls", "session", "unreadable")

    def __init__(self) -> None:
        self.session = 0
        self.calls = 0
        self.unreadable: dict[str, str] = {}


def meter(db: sqlite3.Connection, path: str, now_ms: int, prices: Prices) -> Metered:
    """Bring the ledger up to date with the session whose main transcript is at `path`.

    A missing or unreadable file is passed over. `now_ms` dates rows that carry no time.
    """
    return read(db, layout.of_session(path), now_ms, prices)


def read(db: sqlite3.Connection, paths: Iterable[str], now_ms: int, prices: Prices) -> Metered:
    """Bring the ledger up to date with the transcripts at `paths`: one transaction for each BOUND.

    The files are read before it begins: others wait only for the writing.
    """
    found = Metered()
    wanted = list(paths)
    while wanted:
        wanted = _some(db, wanted, now_ms, prices, found)
    if found.unreadable:
        from cheaproute.ledger.ingest import faults

        faults.unreadable(db, found.unreadable, now_ms)
    return found


def _some(
    db: sqlite3.Connection, paths: list[str], now_ms: int, prices: Prices, found: Metered
) -> list[str]:
    """Read BOUND bytes at most; the paths that are left."""
    looks: list[_Look] = []
    left: list[str] = []
    bound = BOUND
    for number, (path, file) in enumerate(zip(paths, _known(db, paths), strict=True)):
        found.session = found.session or file.session
        try:
            look = _Look(file, bound) if reader.grown(file) else None
        except OSError as error:
            found.unreadable[path] = error.strerror or type(error).__name__
            continue
        if look is not None:
            looks.append(look)
            bound -= look.bytes
            if bound <= 0:
                left = paths[number:]
                break
    if looks:
        _write(db, looks, now_ms, prices, found)
    return left


def _known(db: sqlite3.Connection, paths: list[str]) -> list[File]:
    """What the ledger knows of the files at `paths`; of many in one look, which costs a lock."""
    if len(paths) < _MANY_FILES or db.in_transaction:
        return [intern.file(db, path) for path in paths]
    db.execute("BEGIN")
    try:
        return [intern.file(db, path) for path in paths]
    finally:
        db.execute("COMMIT")


def _write(
    db: sqlite3.Connection, looks: list[_Look], now_ms: int, prices: Prices, found: Metered
) -> None:
    """Write down what was read; if a row of it cannot be written, all the others."""
    try:
        with Immediate(db, alone=True):  # a rebuild writes all in one
            _write_down(db, looks, now_ms, prices, found)
    except Exception as error:
        from cheaproute.ledger.ingest import faults

        if not faults.is_of_a_row(error):
            raise
        for look in looks:
            with Immediate(db):
                faults.guard(db, _write_down, look, (now_ms, prices, found))


def _write_down(
    db: sqlite3.Connection,
    looks: list[_Look],
    now_ms: int,
    prices: Prices,
    found: Metered,
    recorder: Recorder | None = None,
) -> None:
    from cheaproute.ledger.calls import record  # only where there is something new

    tally = None if recorder else _tally(db, looks)
    recorder = recorder or record.Recorder(db, prices, tally)
    for look in looks:
        look.put(db, now_ms, recorder, found)
        found.session = found.session or look.file.session
    intern.save_files(db, [look.file for look in looks if look.stands])
    forgotten = "DELETE FROM unreadable WHERE path = ?"
    db.executemany(forgotten, [(storable(look.file.path),) for look in looks])
    if tally:
        tally.finish()
    reconcile_told(db, recorder.changed, prices)


def _tally(db: sqlite3.Connection, looks: list[_Look]) -> Tally | None:
    """What sums up many calls faster than the triggers; None for the few of a hook."""
    ids = set[str]().union(*(scan.ids() for look in looks for scan in look.scans))
    if len(ids) < MANY:
        return None
    from cheaproute.ledger.calls.batch_totals import Tally

    tally = Tally(db)
    tally.expect(ids)
    return tally


class _Look:
    """One file's new bytes, read up to a bound; `stands`: the ledger was not further when put.

    Raises:
        OSError: it cannot be read.
    """

    __slots__ = ("_anew", "_begun", "_skipped", "bytes", "file", "scans", "stands")

    def __init__(self, file: File, bound: int) -> None:
        from cheaproute.client.transcript import scan as transcript

        self.file = file
        self.bytes = 0
        self.stands = False
        self._anew = False
        self._begun = file.offset, file.inode
        self.scans: list[Scan] = []
        self._skipped: list[tuple[int, str]] = []
        if file.agent and not file.dispatch:
            reader.describe(file)
        uuid = layout.session_of(file.path)
        for data, ends in reader.stretches(file):
            self._anew = self._anew or not file.offset
            last = self.scans[-1] if self.scans and not self.scans[-1].states else None
            scan = transcript.scan(
                data,
                session=uuid,
                agent=file.agent,
                ends=ends,
                following=last,
                offset=file.offset,
            )
            self._skipped += [(file.offset + at, why) for at, why in scan.skipped]
            if scan.states:
                _date_runs(file, scan)
            reader.advance(file, data, scan.consumed)
            if last is None:
                self.scans.append(scan)
            self.bytes += len(data)
            if self.bytes >= bound:
                break
        for scan in self.scans:
            scan.gather()

    def put(self, db: sqlite3.Connection, now_ms: int, recorder: Recorder, found: Metered) -> None:
        """Write down what was read. Inside the caller's transaction."""
        from cheaproute.ledger.ingest import writer

        known = intern.file(db, self.file.path)
        self.file.id, self.file.session = known.id, known.session
        if self._anew:
            writer.forget_skipped(db, storable(self.file.path))
        for at, why in self._skipped:
            writer.skip(db, storable(self.file.path), at, why)
        for scan in self.scans:
            found.calls += writer.scanned(db, self.file, scan, now_ms, recorder)
        # Another process may have read on meanwhile: then its place in the file stands.
        self.stands = bool(self.file.id) and (known.offset, known.inode) == self._begun


def _date_runs(file: File, scan: Scan) -> None:
    """Find out when the runs were that wrote the totals of a stretch."""
    from cheaproute.client.transcript import runs

    for state in scan.states:
        runs.date(state, file.path, file.offset + state.place)


def reconcile_told(db: sqlite3.Connection, sessions: set[int], prices: Prices) -> None:
    """Compare with the client's own totals where it has written any, mostly when a run ends."""
    marks = ", ".join("?" * len(sessions))
    query = f"SELECT 1 FROM cost_state WHERE session IN ({marks}) LIMIT 1"  # noqa: S608
    if db.execute(query, tuple(sessions)).fetchone():
        from cheaproute.ledger.client_totals.reconcile import reconcile

        reconcile(db, sessions, prices)
