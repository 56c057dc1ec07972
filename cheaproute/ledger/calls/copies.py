"""Which of the files that tell of a call is the one it was made in; the others hold copies."""

from __future__ import annotations

from cheaproute.ledger.schema import SUBAGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.ledger.calls.record import Place, Recorder


def yields(recorder: Recorder, held: Place, place: Place, call: str) -> bool:
    """Whether `place` owns the call rather than `held`, which has it; notes the other's copy."""
    moved = _rank(recorder, place) < _rank(recorder, held)
    owner, copy = (place, held) if moved else (held, place)
    copied = "INSERT OR IGNORE INTO copy(file, call) VALUES(?, ?)"
    if recorder.db.execute(copied, (copy.file, call)).rowcount:
        recorder.changed |= {held.session, place.session}
    recorder.db.execute("DELETE FROM copy WHERE file = ? AND call = ?", (owner.file, call))
    return moved


def _rank(recorder: Recorder, place: Place) -> tuple[int, int, str, str]:
    """Least for the file a call was made in: one that is no copy, then the one born first.

    A call of another session, or of a subagent that has a file of its own, is a copy for sure.
    A fork rewrites its rows to its own session; it shows by having been born later.
    """
    key = (place.file, place.session, place.source)
    rank = recorder.ranks.get(key)
    if rank is None:
        session, uuid, born, agent, path = recorder.db.execute(
            "SELECT session, coalesce(uuid, ''), born_ms, agent, path FROM file "
            "LEFT JOIN session ON session.id = session WHERE file.id = ?",
            (place.file,),
        ).fetchone()
        foreign, told = session != place.session, place.source == SUBAGENT and not agent
        rank = recorder.ranks[key] = (2 * foreign + told, born, uuid, path)
    return rank
