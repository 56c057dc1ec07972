"""What is unlisted in a session, as calls: one for each model and time."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.schema import UNLISTED
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.client_totals.moments import Part
    from cheaproute.ledger.client_totals.states import State
    from cheaproute.usage.prices import Prices


class Bookings:
    """The unlisted calls of a session (row id), each with its price."""

    def __init__(self, session: int) -> None:
        self.session = session
        self._stands_ms = 0
        self._found: dict[tuple[str, int, int], tuple[Call, int | None]] = {}

    def stand(self, until_ms: int) -> None:
        """Let what was booked up to `until_ms` be."""
        self._stands_ms = max(self._stands_ms, until_ms)

    def add(self, state: State, model: str, parts: Iterable[Part], *, sure: bool) -> None:
        """Book `parts` of what `state` has of `model` beyond the rows, each at its time."""
        for at_ms, counts, cost in parts:
            key = model, state.at_ms // DAY_MS, at_ms
            call, before = self._found.get(key, (Call("", at_ms, state.names[model]), 0))
            call.input += counts[0]
            call.output += counts[1]
            call.write_5m += counts[2]
            call.write_1h += counts[3]
            call.read += counts[4]
            call.web_search += counts[5]
            call.final = call.final and sure
            self._found[key] = call, None if cost is None or before is None else before + cost

    def write(self, db: sqlite3.Connection, prices: Prices, kept_ms: int) -> None:
        """Let these be the session's unlisted calls; from before `kept_ms` none comes or goes.

        The first of a model and its total's day is named by these alone, as in earlier versions.
        """
        stands_ms = max(self._stands_ms, kept_ms - 1)
        of_session = "FROM call WHERE session = ? AND source = ?"
        values = self.session, UNLISTED
        db.execute(f"DELETE {of_session} AND ts_ms > ?", (*values, stands_ms))
        names = {row[0] for row in db.execute(f"SELECT id {of_session}", values)}
        row = db.execute("SELECT project FROM session WHERE id = ?", (self.session,)).fetchone()
        place = Place(UNLISTED, session=self.session, project=row[0])
        recorder = Recorder(db, prices)
        for (model, day, at_ms), (call, cost) in self._found.items():
            call.id = f"unlisted:{self.session}:{model}:{day}"
            call.id += f".{at_ms}" if call.id in names else ""
            call.ts_ms = max(at_ms, stands_ms + 1)
            names.add(call.id)
            recorder.insert(call, place, cost)
