"""Calls that the module asks the client for, each counted once under a name of our own.

The client's record of one calls it by a word that stands for any module's. It comes before or after
the answer: whichever comes first is booked, the other makes it exact or gives it its name. Of one
that was never answered there is none: an estimate stands for it until there is. That may be booked
as the call leaves: then it is in the books even if nobody is left to tell how it ended.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger import meta
from cheaproute.ledger.calls.record import Place, Recorder, unpack
from cheaproute.ledger.calls.told import kept_as
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
# What has left, and nobody has told how it ended.
_LEFT = "asked-left."
# What was booked by its answer waits so long for the client's record, which older ones never make.
_WAIT_MS = 600_000


def left(db: sqlite3.Connection, likely: Call, session: int, prices: Prices) -> None:
    """Book `likely`, which is put next, as an estimate, until `withdraw` or its record."""
    likely.final, likely.estimated = False, ESTIMATED
    with Immediate(db):
        if _put(db, likely, session, prices):
            meta.put(db, f"{_LEFT}{session}.{likely.id}", str(likely.ts_ms))


def withdraw(db: sqlite3.Connection, session: int, name: str) -> tuple[str, int] | None:
    """Take back the last estimate of one that has left whose id begins with `name`.

    Its id and when it left, None where none is known of. In a transaction.
    """
    head = f"{_LEFT}{session}."
    row = db.execute(
        "SELECT key, CAST(value AS INTEGER) AS at FROM meta WHERE key >= ?1"
        " AND substr(key, 1, ?2) = ?1 ORDER BY at DESC, key DESC LIMIT 1",
        (head + name, len(head + name)),
    ).fetchone()
    if row is None:
        return None
    key, at_ms = row
    id_ = str(key).removeprefix(head)
    db.execute("DELETE FROM call WHERE id = ?", (id_,))
    db.execute("DELETE FROM meta WHERE key = ?", (key,))
    return id_, at_ms


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
    if kept_as(db, call.request_id):
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
    _stand_in(recorder, call, session)
    return ""


def _stand_in(recorder: Recorder, call: Call, session: int) -> None:
    """Let a record take the place of the first that has left, about as large; its end names it."""
    head = f"{_LEFT}{session}."
    for waits in _open(recorder.db, head, call.ts_ms):
        id_ = waits.removeprefix(head)
        row = recorder.read(id_)
        if row and row[0] <= call.ts_ms and _tells_of(call, unpack(id_, row)[0]):
            recorder.remove(id_, row)
            return


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
        if _put(db, call, session, prices):
            meta.put(db, waits + call.id, str(call.ts_ms))
    return cost_nano(call, prices) or 0


def _put(db: sqlite3.Connection, call: Call, session: int, prices: Prices) -> bool:
    """Book `call` among the session's helpers; whether it was not there. What waits too long ends.

    What has left may have been asleep with its machine: its end is waited for a day.
    """
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    place = Place(HELPER, session=session, project=row[0] if row else 0)
    if not Recorder(db, prices).put(call, place):
        return False
    db.execute(
        "DELETE FROM meta WHERE key >= 'asked' AND key < 'asked~'"
        " AND abs(CAST(value AS INTEGER) - ?1) >= "
        " CASE WHEN substr(key, 1, ?2) = ?3 THEN ?4 ELSE ?5 END",
        (call.ts_ms, len(_LEFT), _LEFT, DAY_MS, _WAIT_MS),
    )
    return True


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
