"""What a rebuild reads again, set aside meanwhile; what it did not find again is put back.

A transcript may be cut, rewritten or unreadable by now, and its session may have others. So no call
is dropped because its file is there: it goes only for the same call, found again.
"""

from __future__ import annotations

from cheaproute.ledger.calls import owners
from cheaproute.ledger.calls.record import READ, Recorder, unpack
from cheaproute.ledger.client_totals import reprice
from cheaproute.ledger.schema import MAIN, SUBAGENT
from cheaproute.usage import identity
from cheaproute.usage.call import ESTIMATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.calls.record import Place
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# Older totals do not say their file.
_OF_FILES = "file IN (SELECT id FROM temp.read_again)"
_SET_ASIDE = {
    "call": f"{_OF_FILES} AND source IN ({MAIN}, {SUBAGENT})",
    "copy": _OF_FILES,
    "cost_state": f"{_OF_FILES} OR file = 0 AND session IN "  # noqa: S608
    "(SELECT session FROM main.file WHERE agent = '' AND id IN (SELECT id FROM temp.read_again))",
    "call_row": "call IN (SELECT id FROM temp.kept_call)",
}
# All but the many that were found again just as they were.
_CHANGED = (
    "SELECT k.id FROM temp.kept_call k LEFT JOIN call c ON c.id = k.id AND c.request = k.request"
    " AND c.ref = k.ref WHERE c.id IS NULL OR c.file != k.file OR c.final < k.final"
    " OR c.odd < k.odd OR (k.odd = 1 AND c.output < k.output)"
    " OR (k.estimated = 1 AND c.estimated != 1 AND c.final = 0)"
    " OR (c.client_nano IS NULL AND k.client_nano IS NOT NULL) OR (k.request = '' AND k.ref = 0)"
    " OR EXISTS(SELECT 1 FROM temp.kept_call_row r WHERE r.call = k.id)"
    " ORDER BY instr(k.id, '#') > 0, k.id"
)


def set_aside(db: sqlite3.Connection, files: Iterable[int]) -> None:
    """Take away what was read of `files` (row ids), and that it was, until `put_back`."""
    db.execute("CREATE TEMP TABLE read_again(id INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO temp.read_again VALUES(?)", [(file,) for file in files])
    for table, which in _SET_ASIDE.items():
        db.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM main.{table} WHERE {which}")  # noqa: S608
        if table == "call":
            db.execute("CREATE INDEX temp.kept_id ON kept_call(id)")
    db.execute("CREATE INDEX temp.kept_row_of ON kept_call_row(call)")
    for table, which in _SET_ASIDE.items():
        db.execute(f"DELETE FROM main.{table} WHERE {which}")  # noqa: S608
    db.execute(
        "UPDATE file SET offset = 0, inode = 0, tail = x''"
        " WHERE id IN (SELECT id FROM temp.read_again)"
    )


def put_back(db: sqlite3.Connection, prices: Prices) -> int:
    """Put back what was set aside and not found again; how many calls that were."""
    kept = _Kept(db, prices)
    for (identifier,) in db.execute(_CHANGED).fetchall():
        kept.put_back(identifier)
    db.execute("CREATE TEMP TABLE found_as(old TEXT PRIMARY KEY, id TEXT NOT NULL)")
    db.executemany("INSERT INTO temp.found_as VALUES(?, ?)", kept.found_as.items())
    called = "coalesce((SELECT id FROM temp.found_as WHERE old = k.call), k.call)"
    db.execute(
        "INSERT OR IGNORE INTO copy(file, call) SELECT k.file, c.id FROM temp.kept_copy k"  # noqa: S608
        f" JOIN call c ON c.id = {called} WHERE c.file != k.file"
    )
    db.execute(
        "INSERT OR IGNORE INTO call_row(uuid, call) SELECT k.uuid, c.id FROM temp.kept_call_row k"  # noqa: S608
        f" JOIN call c ON c.id = {called}"
    )
    db.execute(
        "INSERT OR IGNORE INTO cost_state SELECT * FROM temp.kept_cost_state k WHERE NOT EXISTS"
        " (SELECT 1 FROM cost_state c WHERE c.session = k.session AND c.start_ms = k.start_ms"
        " AND c.usage = k.usage AND k.file IN (0, c.file))"
    )
    for table in ("adopted", "call_row", "copy"):
        db.execute(f"DELETE FROM {table} WHERE call NOT IN (SELECT id FROM call)")  # noqa: S608
    for table in ("read_again", "found_as", *(f"kept_{table}" for table in _SET_ASIDE)):
        db.execute(f"DROP TABLE temp.{table}")
    return len(kept.alone)


class _Kept:
    """The calls set aside, each looked for among those that were read again.

    `found_as` are the ids that they have now, `alone` the old ids of those that were not found.
    """

    def __init__(self, db: sqlite3.Connection, prices: Prices) -> None:
        self._db = db
        self._recorder = Recorder(db, prices)
        self._more: set[str] = set()
        self._placed: set[str] = set()
        self.found_as: dict[str, str] = {}
        self.alone: set[str] = set()

    def put_back(self, identifier: str) -> None:
        """Put one call back, or see to it that the one found again lacks nothing it had."""
        row = self._db.execute(READ.replace("FROM call ", "FROM temp.kept_call "), (identifier,))
        call, place, saved = unpack(identifier, row.fetchone())
        base, mark, rest = identifier.partition("#")
        call.part, call.session = mark + rest, str(place.session)
        call.rows = tuple(
            row[0]
            for row in self._db.execute(
                "SELECT uuid FROM temp.kept_call_row WHERE call = ? ORDER BY uuid", (identifier,)
            )
        )
        found = self._part(base, call.part) if call.part else self._find(call)
        if found:
            self.found_as[identifier] = found
            self._complete(found, call, place, saved)
        elif not call.part or base in self.alone | self._more or not self._has(base):
            self._write(call, place, saved)

    def _has(self, identifier: str) -> bool:
        known = self._db.execute("SELECT 1 FROM call WHERE id = ?", (identifier,)).fetchone()
        return known is not None

    def _part(self, base: str, part: str) -> str:
        """What a message used besides goes with the message; "" where it was not read again."""
        found = self.found_as.get(base, base) + part
        return found if base not in self.alone and self._has(found) else ""

    def _find(self, call: Call) -> str:
        """The id of the same call among those of its message that were read; "" if none is."""
        message = call.id.partition("@")[0]
        after = message + ("@" if identity.is_unique(call) else "A")  # or there may be thousands
        marks = ", ".join("?" * len(call.rows))
        others = self._db.execute(
            "SELECT id FROM call WHERE id IN (?1, ?2) OR (id > ?3 AND id < ?4) UNION SELECT id"  # noqa: S608
            " FROM call WHERE request = ?5 AND request != '' AND id > ?1 AND id < ?4 UNION"
            f" SELECT call FROM call_row WHERE uuid IN ({marks})",
            (message, call.id, after, message + "A", call.request_id, *call.rows),
        ).fetchall()
        ids = [id_ for (id_,) in others if "#" not in id_ and id_ not in self._placed]
        ids = [id_ for id_ in ids if id_.partition("@")[0] == message]  # some tools copy uuids
        ids.sort(key=lambda id_: (id_ != call.id, id_))
        return next((id_ for id_ in ids if self._same(call, id_)), "")

    def _same(self, call: Call, identifier: str) -> bool:
        row = self._recorder.read(identifier)
        if not row:
            return False
        other, place, _ = unpack(identifier, row)
        other.session = str(place.session)
        for uuid in call.rows:
            told = "SELECT 1 FROM call_row WHERE uuid = ? AND call = ?"
            if self._db.execute(told, (uuid, identifier)).fetchone():
                return True
        named, other_named = call.request_id or call.ref, other.request_id or other.ref
        if named and call.rows:
            return False
        if named or (not other_named and identity.is_unique(call)):
            return identity.same(call, other)
        if other_named and not call.final and any(call.prompt()) and call.output <= other.output:
            return call.prompt() == other.prompt() and call.model == other.model
        # An older version knew neither requests nor rows: it had one call for each message id.
        return not call.rows and call.id == identifier

    def _complete(self, found: str, call: Call, place: Place, saved: int) -> None:
        """Let the call `found` have what only the ledger knew of it: its end, owner, client's cost.

        Where both have their final row, the transcript's counts stand.
        """
        row = self._recorder.read(found)
        known, held, now_saved = unpack(found, row)
        changed = False
        guessed = call.odd and (not known.odd or call.output > known.output)
        guessed = guessed or (call.estimated == ESTIMATED != known.estimated)
        more = call.final and call.counts() != known.counts()
        if (more and not known.final) or (guessed and (call.odd or not known.final)):
            known.absorb(call)
            self._more.add(call.id)
            now_saved, changed = saved, True
        if known.client_nano is None and call.client_nano is not None:
            known.client_nano, known.purpose = call.client_nano, known.purpose or call.purpose
            if known.model == call.model:
                known.requested = known.requested or call.requested
            now_saved, changed = now_saved or saved, True
        apart = held.file and place.file and held.file != place.file
        if apart and owners.yields(self._recorder, held, place, found):
            held, changed = place, True
        if changed:
            self._recorder.remove(found, row)
            self._recorder.price(known, held, now_saved, "")

    def _write(self, call: Call, place: Place, saved: int) -> None:
        """Write down a call that was not read again; under a further id if its own is another's."""
        old = call.id
        base, mark, rest = old.partition("#")
        if call.part:
            call.id = self.found_as.get(base, base) + mark + rest
        elif self._has(old):
            call.id = old.partition("@")[0]
            first, _, _ = unpack(call.id, self._recorder.read(call.id) or self._recorder.read(old))
            call.id = identity.further(call, first)
        while self._has(call.id):
            call.id += "."
        self._recorder.price(call, place, saved, "")
        reprice.again(self._recorder, call.id)
        self.alone.add(old)
        self.found_as[old] = call.id
        self._placed.add(call.id)
