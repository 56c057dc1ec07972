"""Calls into the ledger: each id once, the maximum of each count, the same owner in any order.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger import intern, meta
from cheaproute.ledger.schema import BATCHES, SINCE_DAY, WRITE_CALL
from cheaproute.usage.call import Call, looks_unique
from cheaproute.usage.prices import cost_nano, saved_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from cheaproute.ledger.calls.batch_totals import Tally
    from cheaproute.usage.prices import Prices

READ = (
    "SELECT ts_ms, (SELECT name FROM model WHERE id = model), "
    "coalesce((SELECT name FROM model WHERE id = requested), ''), mode, final, saved_nano, "
    "cost_nano, source, session, project, file, agent, model, request, ref, purpose, estimated, "
    "odd, client_nano, input, output, write_5m, write_1h, read, web_search FROM call WHERE id = ?"
)
_COUNTS_AT = 19  # in a row of `READ`
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
        self.db = db
        self.prices = prices
        self._tally = tally
        self._since_ms = 0
        if db.execute("SELECT 1 FROM meta WHERE key = ?", (SINCE_DAY,)).fetchone():
            from cheaproute.ledger.calls import retention  # calls were dropped

            self._since_ms = retention.horizon(db) * DAY_MS
        self._booked, self._by_record, self._adopted = db.execute(
            "SELECT EXISTS(SELECT 1 FROM call WHERE id >= 'req:' AND id < 'req;'),"
            " EXISTS(SELECT 1 FROM call WHERE id >= 'req:record:' AND id < 'req:record;'), EXISTS"
            "(SELECT 1 FROM adopted)"
        ).fetchone()
        self._kept_as: dict[tuple[str, str, int], str] = {}
        self.models = intern.Numbers(db, intern.model_id)
        self.sessions = intern.Numbers(db, intern.session_id)
        self.projects = intern.Numbers(db, intern.project_id)
        self.ranks: dict[tuple[int, int, int, int], tuple[int | str, ...]] = {}

    def put_all(self, calls: list[Call], place: Place, instead: str = "") -> int:
        """Put `calls` of one place, as a transcript tells them; for how many the ledger changed."""
        rest = calls
        if any(call.service_tier == "batch" for call in calls):  # no client of ours asks for one
            meta.put(self.db, BATCHES, f"0 {max(call.ts_ms for call in calls)}")
        tally = None if instead else self.columns
        if tally:
            rest = tally.take(calls, place, self.models, self.prices)
        done = len(calls) - len(rest)
        if done:
            self.changed.add(place.session)
        return done + sum(self.put(call, place, instead=instead) for call in rest)

    @property
    def columns(self) -> Tally | None:
        """What takes many new calls at once; None where each may touch others."""
        return None if self._since_ms or self._booked or self._by_record else self._tally

    def put(self, call: Call, place: Place, *, instead: str = "") -> bool:
        """Count `call` once; whether the ledger changed.

        `instead` is the model the call would have run on without cheaproute: see `saved_nano`.
        """
        if call.ts_ms < self._since_ms:
            return False
        if self._kept_as and call.part:
            base = call.id.removesuffix(call.part)
            kept = self._kept_as.get((base, call.request_id, call.ref), base)
            call = call.replace(id=kept + call.part)
        booked = self._take_booked(call, place) if self._booked and call.request_id else None
        if self.price(call, place, booked or 0, instead):
            return self._begun(call, place) if call.rows or self._by_record else True
        known, held, saved = unpack(call.id, row := self.read(call.id))
        ids, apart = (call.request_id, call.ref), held.session != place.session
        far = known.prompt() != call.prompt() or (apart and known.ts_ms != call.ts_ms)
        if call.rows or far or not call.request_id or (known.request_id, known.ref) != ids:
            known.session = "" if apart else call.session
            kept = self._resolve(call, known)
            if kept != call.id:
                call = call.replace(id=kept)
                if self.price(call, place, 0, instead):
                    return self._begun(call, place)
                known, held, saved = unpack(kept, row := self.read(kept))
        before = _facts(known)
        fresh = not (known.request_id or known.ref)
        known.absorb(call)
        if self._adopted or (fresh and known.counts() != call.counts()):
            from cheaproute.ledger.calls import resolve

            self._adopted = True
            resolve.note(self.db, call, known)
        moved = self._yields(held, place, call.id)
        if _facts(known) == before and not moved and (saved or not instead):
            return booked is not None
        self.remove(call.id, row)
        self.price(known, place if moved else held, saved, instead)
        if moved:
            self.changed.add(held.session)
        return True

    def _resolve(self, call: Call, known: Call) -> str:
        """The id under which `call` is kept, whose message id `known` has."""
        from cheaproute.ledger.calls import resolve

        kept = resolve.find(self.db, call, known)
        if kept != call.id or call.rows:
            self._kept_as[call.id, call.request_id, call.ref] = kept
        if kept != call.id and self._adopted:
            resolve.unmix(self, call.id)
        self._remember(call, kept)
        return kept

    def _begun(self, call: Call, place: Place) -> bool:
        """See to what is due to a call that was new: True."""
        self._remember(call, call.id)
        if self._by_record and place.file and not call.part:
            from cheaproute.ledger.calls import told

            told.take_record(self, call, place)
        return True

    def _remember(self, call: Call, kept_as: str) -> None:
        """Keep which rows a call has, if other calls may have its ids."""
        if call.rows and not call.part and not looks_unique(call.id):
            written = "INSERT OR REPLACE INTO call_row VALUES(?, ?)"
            self.db.executemany(written, [(row, kept_as) for row in call.rows])

    def _take_booked(self, call: Call, place: Place) -> int | None:
        """Take in what the client's telemetry booked under the request id; what that had saved."""
        from cheaproute.ledger.calls import told

        return told.take_booked(self, call, place)

    def read(self, identity: str) -> tuple[Any, ...]:
        """A call as the ledger has it, for `unpack`; () if it has none."""
        if self._tally is not None:
            self._tally.flush()
        return self.db.execute(READ, (identity,)).fetchone() or ()

    def insert(self, call: Call, place: Place, cost: int | None, saved: int = 0) -> bool:
        """Write down a call at a price already known; whether the ledger did not have it."""
        models = self.models
        usual = (
            call.id, call.ts_ms, call.ts_ms // DAY_MS, models[call.model], place.source,
            place.session, place.project, place.file, call.request_id, cost, call.input,
            call.output, call.write_5m, call.write_1h, call.read, call.final, call.mode, call.ref,
            place.agent,
        )  # fmt: skip
        seldom = (
            models[call.requested], saved, call.purpose, call.estimated, call.odd, call.client_nano,
            call.web_search,
        )  # fmt: skip
        if self._tally is not None:
            return self._tally.insert(usual, seldom)
        written = WRITE_CALL + " ON CONFLICT(id) DO NOTHING"
        return self.db.execute(written, usual + seldom).rowcount == 1

    def price(self, call: Call, place: Place, saved: int, instead: str) -> bool:
        """Write a call down at its price; whether it is new."""
        cost = cost_nano(call, self.prices)
        if instead:
            saved = saved_nano(call, cost, instead, self.prices) or min(0, saved)  # a loss stands
        if not self.insert(call, place, cost, saved):
            return False
        self.changed.add(place.session)
        return True

    def remove(self, identity: str, row: tuple[Any, ...]) -> None:
        """Take a call away that was read as `row`."""
        self.db.execute("DELETE FROM call WHERE id = ?", (identity,))
        if self._tally is not None:
            self._tally.forget(identity)
            ts_ms, _, _, _, final, saved, cost, source, session, project, _, _, model = row[:13]
            key = (ts_ms // DAY_MS, model, source, project)
            sums = (1, *row[_COUNTS_AT:], cost or 0, saved, cost is None, not final)
            self._tally.add(key, session, [-amount for amount in sums])

    def _yields(self, held: Place, place: Place, call: str) -> bool:
        """Whether `place` owns the call rather than `held`, which has it; the other is a copy."""
        if held.file == place.file or not held.file or not place.file:
            return False
        from cheaproute.ledger.calls import owners

        return owners.yields(self, held, place, call)


def put(
    db: sqlite3.Connection,
    call: Call,
    *,
    source: int,
    prices: Prices,
    session_id: int = 0,
    project_id: int = 0,
) -> bool:
    """Count one call once; see `Recorder.put`. Inside the caller's transaction."""
    place = Place(source, session=session_id, project=project_id, agent=call.agent)
    return Recorder(db, prices).put(call, place)


def _facts(call: Call) -> tuple[object, ...]:
    """All that another row of the same call can change."""
    ran = call.ts_ms, call.model, call.requested, call.mode, call.final, call.counts()
    known = call.request_id, call.ref, call.estimated, call.odd, call.purpose, call.client_nano
    return ran, known


def unpack(identity: str, row: tuple[Any, ...]) -> tuple[Call, Place, int]:
    """A call as `Recorder.read` gives it, with its place and what it saved."""
    ts_ms, model, requested, mode, final, saved, _, source, session, project, file, agent = row[:12]
    call = Call(identity, ts_ms, model, requested=requested, agent=agent, final=bool(final))
    call.mode = mode
    call.request_id, call.ref, call.purpose, call.estimated, call.odd = row[13:18]
    call.client_nano = row[18]
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = row[19:]
    return call, Place(source, session=session, project=project, file=file, agent=agent), saved
