"""What another ledger of this home has and this one lacks, taken in: a copy put back loses nothing.

Ledgers number sessions, projects and models each for itself, so all goes by name. What cannot be
read of the other one ends its table, not the others.
"""

from __future__ import annotations

import os
import sqlite3

from cheaproute.ledger import intern
from cheaproute.ledger.calls import told as told_calls
from cheaproute.ledger.calls.record import READ, UNNAMED, Place, Recorder, unpack
from cheaproute.ledger.client_totals.reconcile import reconcile
from cheaproute.ledger.schema import UNLISTED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# Rows that belong to a session and stand for themselves.
_OF_SESSIONS = ("dispatch", "turn", "tool", "given_up")
_BOOKED = "unlisted:"


class Merge:
    """Takes in what `other` has: `evidence` before transcripts are read, `calls` after it."""

    def __init__(self, db: sqlite3.Connection, other: sqlite3.Connection, prices: Prices) -> None:
        self._db = db
        self._other = other
        self._prices = prices
        self._sessions: dict[int, int] = {0: 0}
        self._projects: dict[int, int] = {0: 0}

    def evidence(self) -> None:
        """Runs, prompts and tools of sessions: what was decided stands in no transcript."""
        with Immediate(self._db):
            for table in _OF_SESSIONS:
                for row in self._rows(f"SELECT * FROM {table}"):  # noqa: S608
                    self._put(table, {**row, "session": self._session(row["session"])})

    def transcripts(self) -> list[str]:
        """Those that the other ledger read, wherever they lie, as far as they are there."""
        paths = (str(row["path"]) for row in self._rows("SELECT path FROM file"))
        return [path for path in paths if os.path.isfile(path)]

    def calls(self) -> int:
        """Calls that this ledger does not have; how many they were."""
        with Immediate(self._db):
            self._totals()
            before = self._count()
            recorder = Recorder(self._db, self._prices)
            for row in self._rows("SELECT id FROM call ORDER BY instr(id, '#') > 0, id"):
                self._take(recorder, str(row["id"]))
            reconcile(self._db, set(self._sessions.values()) - {0}, self._prices)
            return self._count() - before

    def _take(self, recorder: Recorder, identity: str) -> None:
        base, mark, part = identity.partition("#")
        rows = "SELECT uuid FROM call_row WHERE call = ?"
        try:
            row = self._other.execute(READ, (identity,)).fetchone()
            told = self._other.execute(rows, (base,)).fetchall()
        except sqlite3.DatabaseError:
            return
        call, place, saved = unpack(identity, row)
        session = self._session(place.session)
        project = self._project(place.project)
        here = Place(place.source, session=session, project=project, agent=place.agent)
        if place.source == UNLISTED:
            self._booking(recorder, call, place, here, saved)
            return
        if base.startswith(UNNAMED) and told_calls.booked(self._db, call) not in ("", call.id):
            return  # it is here by its message now
        known = recorder.read(identity)
        if known:
            other, _, _ = unpack(identity, known)
            if (other.request_id, other.ref) == (call.request_id, call.ref) and other.final:
                return
        call.part = mark + part
        call.rows = tuple(uuid for (uuid,) in told)
        if not base.startswith(UNNAMED) and (call.request_id or call.ref or call.rows):
            call.id = base.partition("@")[0] + call.part
        recorder.put(call, here)

    def _booking(
        self, recorder: Recorder, call: Call, place: Place, here: Place, saved: int
    ) -> None:
        """What a client's total had beyond the rows: where that is known, `reconcile` books it."""
        known = "SELECT 1 FROM cost_state WHERE session = ?"
        if here.session and self._db.execute(known, (here.session,)).fetchone():
            return
        old = f"{_BOOKED}{place.session}:"
        if call.id.startswith(old):
            call.id = f"{_BOOKED}{here.session}:{call.id.removeprefix(old)}"
        recorder.price(call, here, saved, "")

    def _totals(self) -> None:
        """The clients' own totals of sessions whose transcripts have gone."""
        for row in self._rows("SELECT * FROM cost_state"):
            session = self._session(row["session"])
            same = "SELECT 1 FROM cost_state WHERE session = ? AND start_ms = ? AND usage = ?"
            if not self._db.execute(same, (session, row["start_ms"], row["usage"])).fetchone():
                self._put("cost_state", {**row, "session": session, "file": 0})

    def _put(self, table: str, values: dict[str, Any]) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._db.execute(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES({marks})",
            tuple(values.values()),
        )

    def _rows(self, query: str) -> Iterator[dict[str, Any]]:
        """The rows of `query`, as far as they can be read."""
        try:
            found = self._other.execute(query)
            names = [column[0] for column in found.description]
            for row in found:
                yield dict(zip(names, row, strict=True))
        except sqlite3.DatabaseError:
            return

    def _session(self, number: int) -> int:
        """This ledger's number for the other's session."""
        if number not in self._sessions:
            row = self._other.execute(
                "SELECT uuid, project, model, first_ms, last_ms FROM session WHERE id = ?",
                (number,),
            ).fetchone()
            uuid, project, model, first_ms, last_ms = row or ("", 0, "", 0, 0)
            if uuid:
                self._db.execute(
                    "INSERT OR IGNORE INTO session(uuid, project, model, first_ms, last_ms)"
                    " VALUES(?, ?, ?, ?, ?)",
                    (uuid, self._project(project), model, first_ms, last_ms),
                )
            self._sessions[number] = intern.session_id(self._db, uuid)
        return self._sessions[number]

    def _project(self, number: int) -> int:
        """This ledger's number for the other's project."""
        if number not in self._projects:
            row = self._other.execute("SELECT path FROM project WHERE id = ?", (number,)).fetchone()
            self._projects[number] = intern.project_id(self._db, row[0] if row else "")
        return self._projects[number]

    def _count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM call").fetchone()[0])
