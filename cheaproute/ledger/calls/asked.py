"""Calls that the module asks the client for, each counted once under a name of our own.

The client's record of one calls it by a word that stands for any module's. It comes before or after
the answer: whichever comes first is booked, the other makes it exact or gives it its name. Of one
that was never answered there is none: an estimate stands for it until there is.
"""

from __future__ import annotations

from cheaproute.ledger import meta
from cheaproute.ledger.calls.record import Place, Recorder, unpack
from cheaproute.ledger.schema import HELPER
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import ESTIMATED
from cheaproute.usage.models import canonical
from cheaproute.usage.prices import cost_nano
from cheaproute.usage.purposes import COMPLETION, FORK, clients_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

UNNAMED = (COMPLETION, FORK)
_COUNTS, _LOST = "asked.", "asked-lost."
# What was booked by its answer waits so long for the client's record, which older ones never make.
_WAIT_MS = 600_000


def answered(db: sqlite3.Connection, call: Call, session: int, prices: Prices) -> int:
    """Count `call`, which was answered: by its record, or as told where that is not there yet.

    What it counts, in nano-dollars.
    """
    written = call.write_5m + call.write_1h
    same = "input = ? AND output = ? AND write_5m + write_1h = ? AND read = ?"
    counts = (call.input, call.output, written, call.read)
    # Agents side by side may ask with the same counts: each waits for a record of its own.
    return _booked(db, call, session, prices, same, counts, _key(session, call))


def lost(db: sqlite3.Connection, call: Call, session: int, prices: Prices) -> int:
    """Count `call`, of which nobody heard again, by its likely counts.

    Where a record of its model, about as large, has come soon after it left, that is the one. What
    it counts.
    """
    call.final, call.estimated = False, ESTIMATED
    models = db.execute("SELECT id, name FROM model")
    same = ", ".join(str(id_) for id_, name in models if canonical(name) == canonical(call.model))
    large = (
        f"model IN ({same}) AND ts_ms >= ? AND ts_ms < ?"
        " AND input + write_5m + write_1h + read BETWEEN ? AND ?"
    )
    prompt = sum(call.prompt())
    bounds = (call.ts_ms, call.ts_ms + _WAIT_MS, (prompt + 1) // 2, 2 * prompt)
    return _booked(db, call, session, prices, large, bounds, f"{_LOST}{session}.")


def taken(recorder: Recorder, call: Call, session: int) -> str:
    """The name of what is booked already and `call`, a record's, tells of; "" if nothing is.

    It makes way for the record, which is exact.
    """
    db = recorder.db
    if db.execute("SELECT 1 FROM call WHERE request = ?", (call.request_id,)).fetchone():
        return ""  # told again
    for head in (_key(session, call), f"{_LOST}{session}."):
        for waits in _open(db, head, call.ts_ms):
            id_ = waits.removeprefix(head)
            if row := recorder.read(id_):
                known, _, _ = unpack(id_, row)
                if not _tells_of(call, known):
                    continue  # another module's, or the user's own hook's
                recorder.remove(id_, row)
            db.execute("DELETE FROM meta WHERE key = ?", (waits,))
            if row:
                return known.purpose
    return ""


def _booked(
    db: sqlite3.Connection,
    call: Call,
    session: int,
    prices: Prices,
    like: str,
    values: tuple[int, ...],
    waits: str,
) -> int:
    """Name the record's call that is like this one, or put this one, which then waits for it."""
    with Immediate(db):
        row = db.execute(
            "SELECT id, cost_nano FROM call WHERE session = ? AND purpose = ?"  # noqa: S608
            f" AND source = ? AND {like} ORDER BY ts_ms LIMIT 1",
            (session, clients_word(call.purpose), HELPER, *values),
        ).fetchone()
        if row is not None:
            db.execute("UPDATE call SET purpose = ? WHERE id = ?", (call.purpose, row[0]))
            return row[1] or 0
        row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
        place = Place(HELPER, session=session, project=row[0] if row else 0)
        if Recorder(db, prices).put(call, place):
            db.execute(
                "DELETE FROM meta WHERE key >= 'asked' AND key < 'asked~'"
                " AND abs(CAST(value AS INTEGER) - ?) >= ?",
                (call.ts_ms, _WAIT_MS),
            )
            meta.put(db, waits + call.id, str(call.ts_ms))
    return cost_nano(call, prices) or 0


def _tells_of(record: Call, known: Call) -> bool:
    """Whether `record` may be the client's of `known`, which it makes way for."""
    if record.purpose != clients_word(known.purpose):
        return False
    if known.estimated != ESTIMATED:
        return True  # its counts are the same
    told, likely = sum(record.prompt()), sum(known.prompt())
    return canonical(record.model) == canonical(known.model) and likely <= 2 * told <= 4 * likely


def _open(db: sqlite3.Connection, head: str, now_ms: int) -> list[str]:
    """The keys of what waits for a record, the oldest first."""
    rows = db.execute(
        "SELECT key FROM meta WHERE key >= ?1 AND substr(key, 1, ?2) = ?1"
        " AND abs(CAST(value AS INTEGER) - ?3) < ?4 ORDER BY value, key",
        (head, len(head), now_ms, _WAIT_MS),
    )
    return [row[0] for row in rows]


def _key(session: int, call: Call) -> str:
    counts = (call.input, call.output, call.write_5m + call.write_1h, call.read)
    return f"{_COUNTS}{session}.{'.'.join(map(str, counts))}."
