"""Calls into the ledger: each id once, the maximum of each count, the same owner in any order.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger import intern
from cheaproute.ledger.schema import MAIN, SINCE_DAY, SUBAGENT
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano, saved_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from cheaproute.ledger.calls.batch_totals import Tally
    from cheaproute.usage.prices import Prices

_READ = (
    "SELECT ts_ms, (SELECT name FROM model WHERE id = model), "
    "coalesce((SELECT name FROM model WHERE id = requested), ''), mode, final, saved_nano, "
    "cost_nano, source, session, project, file, agent, model, request, "
    "input, output, write_5m, write_1h, read, web_search FROM call WHERE id = ?"
)
_WRITE = (
    "INSERT INTO call(id, ts_ms, day, model, requested, mode, final, saved_nano, cost_nano, "
    "source, session, project, file, agent, request, input, output, write_5m, write_1h, read, "
    "web_search) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(id) DO NOTHING"
)


# Before the request id, the identity of a call whose message nobody has told yet.
UNNAMED = "req:"


class Place:
    """Where a call was made: its source, and the row ids of session, project and file (0: none)."""

    __slots__ = ("agent", "file", "project", "session", "source")

    def __init__(
        self, source: int, *, session: int = 0, project: int = 0, file: int = 0, agent: str = ""
    ) -> None:
        self.source = source
        self.session = session
        self.project = project
        self.file = file
        self.agent = agent


class Recorder:
    """Puts calls into `db` within one transaction; what it looks up it looks up once.

    `changed` gathers the sessions whose calls changed. With a `tally` the totals are left to that.
    """

    def __init__(self, db: sqlite3.Connection, prices: Prices, tally: Tally | None = None) -> None:
        self.changed: set[int] = set()
        self._db = db
        self._prices = prices
        self._tally = tally
        row = db.execute("SELECT value FROM meta WHERE key = ?", (SINCE_DAY,)).fetchone()
        self._since_ms = int(row[0]) * DAY_MS if row else 0
        told = db.execute("SELECT 1 FROM seat LIMIT 1").fetchone()  # a module may have booked first
        self._told = told is not None
        self._models: dict[str, int] = {"": 0}
        self._ranks: dict[tuple[int, int, int], tuple[int, int, str, str]] = {}

    def put(self, call: Call, place: Place, *, instead: str = "") -> bool:
        """Count `call` once; whether the ledger changed.

        `instead` is the id of the model the call would have run on without cheaproute: what it
        saved against that is booked with it.
        """
        if call.ts_ms < self._since_ms:
            return False
        if self._told and call.request_id and not call.id.startswith(UNNAMED):
            self._take_over(call, place)
        if self._price(call, place, 0, instead):
            return True
        row = self._db.execute(_READ, (call.id,)).fetchone()
        known, held, saved = _unpack(call.id, row)
        before = _facts(known)
        known.absorb(call)
        moved = self._yields(held, place, call.id)
        if _facts(known) == before and not moved and (saved or not instead):
            return False
        self._remove(call.id, row)
        self._price(known, place if moved else held, saved, instead)
        if moved:
            self.changed.add(held.session)
        return True

    def _take_over(self, call: Call, place: Place) -> None:
        """Let `call` take the place of the row that the module booked under its request alone."""
        identity = UNNAMED + call.request_id
        row = self._db.execute(_READ, (identity,)).fetchone()
        if row is None:
            return
        known, held, _ = _unpack(identity, row)
        split = "SELECT NOT estimated FROM call WHERE id = ?"
        if not self._db.execute(split, (identity,)).fetchone()[0]:
            known.write_5m = known.write_1h = 0  # the transcript knows for how long it was written
        call.absorb(known)
        if not place.session:
            place.session, place.project = held.session, held.project
        self._remove(identity, row)
        self.changed.add(held.session)

    def reprice(self, identity: str) -> None:
        """Price again a call that the ledger has."""
        row = self._db.execute(_READ, (identity,)).fetchone()
        known, held, saved = _unpack(identity, row)
        instead = self._db.execute(
            "SELECT instead FROM file JOIN dispatch ON dispatch.id = file.dispatch "
            "WHERE file.id = ? AND routed != ''",
            (held.file,),
        ).fetchone()
        self._remove(identity, row)
        self._price(known, held, saved, instead[0] if instead else "")

    def insert(self, call: Call, place: Place, cost: int | None, saved: int = 0) -> bool:
        """Write down a call at a price already known; whether the ledger did not have it."""
        day, model, counts = call.ts_ms // DAY_MS, self._model(call.model), call.counts()
        cursor = self._db.execute(
            _WRITE,
            (
                call.id,
                call.ts_ms,
                day,
                model,
                self._model(call.requested),
                call.mode,
                call.final,
                saved,
                cost,
                place.source,
                place.session,
                place.project,
                place.file,
                place.agent,
                call.request_id,
                *counts,
            ),
        )
        if cursor.rowcount != 1:
            return False
        if self._tally is not None:
            key = (day, model, place.source, place.project)
            self._tally.add(key, place.session, counts, cost, saved, partial=not call.final)
        return True

    def _price(self, call: Call, place: Place, saved: int, instead: str) -> bool:
        cost = cost_nano(call, self._prices)
        if instead:
            saved = saved_nano(call, cost, instead, self._prices)
        if not self.insert(call, place, cost, saved):
            return False
        self.changed.add(place.session)
        return True

    def _remove(self, identity: str, row: tuple[Any, ...]) -> None:
        self._db.execute("DELETE FROM call WHERE id = ?", (identity,))
        if self._tally is not None:
            ts_ms, _, _, _, final, saved, cost, source, session, project, _, _, model = row[:13]
            key = (ts_ms // DAY_MS, model, source, project)
            self._tally.add(key, session, row[14:], cost, saved, partial=not final, sign=-1)

    def _model(self, name: str) -> int:
        number = self._models.get(name)
        if number is None:
            number = self._models[name] = intern.model_id(self._db, name)
        return number

    def _yields(self, held: Place, place: Place, call: str) -> bool:
        """Whether `place` owns the call rather than `held`, which has it; the other is a copy."""
        if held.file == place.file or not held.file or not place.file:
            return False
        moved = self._rank(place) < self._rank(held)
        owner, copy = (place, held) if moved else (held, place)
        copied = "INSERT OR IGNORE INTO copy(file, call) VALUES(?, ?)"
        if self._db.execute(copied, (copy.file, call)).rowcount:
            self.changed |= {held.session, place.session}
        self._db.execute("DELETE FROM copy WHERE file = ? AND call = ?", (owner.file, call))
        return moved

    def _rank(self, place: Place) -> tuple[int, int, str, str]:
        """Least for the file a call was made in: one that is no copy, then the one born first.

        A call of another session, or of a subagent that has a file of its own, is a copy for sure.
        A fork rewrites its rows to its own session; it shows by having been born later.
        """
        key = (place.file, place.session, place.source)
        rank = self._ranks.get(key)
        if rank is None:
            session, uuid, born, agent, path = self._db.execute(
                "SELECT session, coalesce(uuid, ''), born_ms, agent, path FROM file "
                "LEFT JOIN session ON session.id = session WHERE file.id = ?",
                (place.file,),
            ).fetchone()
            foreign, told = session != place.session, place.source == SUBAGENT and not agent
            rank = self._ranks[key] = (2 * foreign + told, born, uuid, path)
        return rank


def put(
    db: sqlite3.Connection,
    call: Call,
    *,
    source: int,
    prices: Prices,
    session_id: int = 0,
    project_id: int = 0,
    file_id: int = 0,
    instead: str = "",
) -> bool:
    """Count one call once; see `Recorder.put`. Inside the caller's transaction."""
    place = Place(source, session=session_id, project=project_id, file=file_id, agent=call.agent)
    return Recorder(db, prices).put(call, place, instead=instead)


def source_of(call: Call) -> int:
    """The source of a call that a transcript tells of."""
    return SUBAGENT if call.agent or call.sidechain else MAIN


def _facts(call: Call) -> tuple[object, ...]:
    """All that another row of the same call can change."""
    return (
        call.ts_ms, call.model, call.requested, call.mode, call.final, call.request_id,
        call.counts(),
    )  # fmt: skip


def _unpack(identity: str, row: tuple[Any, ...]) -> tuple[Call, Place, int]:
    """A row of `_READ` as the call, its place and what it saved."""
    ts_ms, model, requested, mode, final, saved, _, source, session, project, file, agent = row[:12]
    call = Call(identity, ts_ms, model, requested=requested, agent=agent, final=bool(final))
    call.request_id = row[13]
    call.mode = mode
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = row[14:]
    return call, Place(source, session=session, project=project, file=file, agent=agent), saved
