"""Which of the files that tell of a call is the one it was made in: the others hold copies.

Loaded only where there are such. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.ledger.calls.record import Place, unpack
from cheaproute.ledger.schema import SUBAGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.ledger.calls.record import Recorder


def yields(recorder: Recorder, held: Place, place: Place, call: str) -> bool:
    """Whether `place` owns the call rather than `held`, which has it; notes the other's copy."""
    moved = _rank(recorder, place, held.file) < _rank(recorder, held, place.file)
    owner, copy = (place, held) if moved else (held, place)
    copied = "INSERT OR IGNORE INTO copy(file, call) VALUES(?, ?)"
    if recorder.db.execute(copied, (copy.file, call)).rowcount:
        recorder.changed |= {held.session, place.session}
    recorder.db.execute("DELETE FROM copy WHERE file = ? AND call = ?", (owner.file, call))
    return moved


def give_back(recorder: Recorder, session: int) -> None:
    """Give calls back to `session` (row id) whose copy was taken for the first, in `changed`.

    Files of sessions that begin alike can be told apart only once their totals are there.
    """
    found = recorder.db.execute(
        "SELECT f.id, call.id FROM file f JOIN copy ON copy.file = f.id"
        " JOIN call ON call.id = copy.call JOIN file o ON o.id = call.file"
        " WHERE f.session = ? AND f.agent = '' AND o.agent = ''"
        " AND o.born_ms = f.born_ms AND o.session != f.session AND o.session = call.session",
        (session,),
    ).fetchall()
    for file, identifier in found:
        row = recorder.read(identifier)
        call, held, saved = unpack(identifier, row)
        (project,) = recorder.db.execute(
            "SELECT project FROM session WHERE id = ?", (session,)
        ).fetchone()
        place = Place(held.source, session=session, project=project, file=file, agent=held.agent)
        if yields(recorder, held, place, identifier):
            recorder.remove(identifier, row)
            recorder.price(call, place, saved, "")
            recorder.changed |= {session, held.session}


def _rank(recorder: Recorder, place: Place, other: int) -> tuple[int | str, ...]:
    """Least for the file a call was made in: one that is no copy, then the one born first.

    A call of another session, or of a subagent that has a file of its own, is a copy for sure.
    A fork rewrites its rows to its own session; it shows by having been born later. Older ones'
    first row is a copy, too: there the session is the first whose total is, or that has none where
    the other's counting began later; but if that has calls which the file `other` holds, too, it is
    of the session that was forked, whose first run was killed.
    """
    key = (place.file, place.session, place.source, other)
    rank = recorder.ranks.get(key)
    if rank is None:
        session, uuid, born, agent, path = recorder.db.execute(
            "SELECT session, coalesce(uuid, ''), born_ms, agent, path FROM file "
            "LEFT JOIN session ON session.id = session WHERE file.id = ?",
            (place.file,),
        ).fetchone()
        foreign, told = session != place.session, place.source == SUBAGENT and not agent
        at_ms, start_ms = recorder.db.execute(
            "SELECT coalesce(min(at_ms), 0), start_ms FROM cost_state WHERE session = ?", (session,)
        ).fetchone()
        later = at_ms and start_ms > born and not _shared(recorder, place.file, other, start_ms)
        counted = (2 if later else 0) if at_ms else 1
        rank = (2 * foreign + told, born, counted, at_ms, uuid, path)
        recorder.ranks[key] = rank
    return rank


def _shared(recorder: Recorder, file: int, other: int, since_ms: int) -> bool:
    """Whether both files hold a call from `since_ms` on."""
    query = (
        "SELECT 1 FROM copy JOIN call ON call.id = copy.call WHERE copy.file IN (?1, ?2)"
        " AND call.ts_ms >= ?3 AND (call.file IN (?1, ?2) OR EXISTS (SELECT 1 FROM copy o"
        " WHERE o.file IN (?1, ?2) AND o.file != copy.file AND o.call = copy.call)) LIMIT 1"
    )
    return recorder.db.execute(query, (file, other, since_ms)).fetchone() is not None
