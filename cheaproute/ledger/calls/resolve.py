"""Which call of the ledger a row belongs to, where its message id alone does not say.

Loaded only for such rows. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.ledger.calls.record import unpack
from cheaproute.usage import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.calls.record import Recorder
    from cheaproute.usage.call import Call


def find(db: sqlite3.Connection, call: Call, first: Call) -> str:
    """The id under which `call` is, or will be, kept; `first` is the call that has its message id.

    A call that an older version wrote down has no request id, and no rows are known of it: the
    first that equals or completes its counts is it.
    """
    if call.rows or not (call.request_id or call.ref):
        return _by_rows(db, call, first)
    further = identity.further(call, first)
    if first.request_id or first.ref:
        if identity.same(first, call):
            return call.id
        return _copied(db, call) or further
    there = db.execute(
        "SELECT 1 FROM call WHERE id = ?1 UNION ALL SELECT 1 FROM call_row WHERE call = ?2 LIMIT 1",
        (further, call.id),
    ).fetchone()
    return call.id if not there and identity.completes(first, call) else further


def _copied(db: sqlite3.Connection, call: Call) -> str:
    """The further call of these ids and this time, whose copy `call` is; "" where there is none."""
    if not call.request_id:
        return ""
    row = db.execute(
        "SELECT id FROM call WHERE ts_ms = ?1 AND +request = ?2 AND +id > ?3 AND +id < ?4"
        " AND instr(id, '#') = 0 AND (input, write_5m, write_1h, read) = (?5, ?6, ?7, ?8)",
        (call.ts_ms, call.request_id, call.id + "@", call.id + "A", *call.prompt()),
    ).fetchone()
    return str(row[0]) if row else ""


def _by_rows(db: sqlite3.Connection, call: Call, first: Call) -> str:
    """The same for a row whose ids name no request: by the rows it belongs to."""
    if call.part and not identity.is_unique(call):
        return call.id  # it is put under the id of what it is a part of
    if call.part or identity.is_unique(call):
        return call.id if identity.same(first, call) else identity.further(call, first)
    for row in (*call.rows, call.parent):
        kept = db.execute(
            "SELECT r.call, c.request FROM call_row r JOIN call c ON c.id = r.call WHERE uuid = ?",
            (row,),
        ).fetchone()
        # A tool may have left the request id out; a row's own name is given once.
        its_own = kept and (
            kept[1] in ("", call.request_id) or (row, "") == (call.rows[0], call.request_id)
        )
        if its_own and (kept[0] == call.id or kept[0].startswith(call.id + "@")):
            return str(kept[0])
    may_be = first.session and first.request_id == call.request_id
    if not (first.ref or first.request_id) or may_be:  # an older version kept no rows
        told = db.execute("SELECT 1 FROM call_row WHERE call = ? LIMIT 1", (call.id,)).fetchone()
        if not told and identity.completes(first, call):
            return call.id
    if identity.same(first, call):
        return call.id
    return _last(db, call) or _copied(db, call) or identity.further(call, first)


def _last(db: sqlite3.Connection, call: Call) -> str:
    """The last call of this message id in the session, where `call` may be a row of it."""
    row = db.execute(
        "SELECT c.id, input, write_5m, write_1h, read FROM call c JOIN session s"
        " ON s.id = c.session WHERE c.ts_ms BETWEEN ?1 AND ?2"
        " AND +c.id >= ?3 AND +c.id < ?4 AND instr(c.id, '#') = 0 AND s.uuid = ?5 AND c.agent = ?6"
        " AND c.request = ?7 AND (c.final = 0 OR ?8) ORDER BY c.ts_ms DESC LIMIT 1",
        (
            call.ts_ms - identity.TOGETHER_MS,
            call.ts_ms,
            call.id + "@",
            call.id + "A",
            call.session,
            call.agent,
            call.request_id,
            bool(call.request_id and not call.parent),
        ),
    ).fetchone()
    return str(row[0]) if row and row[1:] == call.prompt() else ""


def note(db: sqlite3.Connection, call: Call, kept: Call) -> None:
    """Keep what the rows of an adopted call say by themselves, as long as `kept` has more.

    An older version took the maximum over all requests of a message id: should a second one come,
    this call is what its own rows say (`own_counts`).
    """
    row = own_counts(db, kept.id)
    own = tuple(map(max, call.counts(), row)) if row else call.counts()
    if own == kept.counts():
        forget(db, kept.id)
    else:
        db.execute("INSERT OR REPLACE INTO adopted VALUES(?, ?)", (kept.id, fastjson.dumps(own)))


def own_counts(db: sqlite3.Connection, kept_as: str) -> tuple[int, ...] | None:
    """What the rows of an adopted call say by themselves; None where nothing else is mixed in."""
    row = db.execute("SELECT counts FROM adopted WHERE call = ?", (kept_as,)).fetchone()
    return tuple(fastjson.loads(row[0])) if row else None


def unmix(recorder: Recorder, kept_as: str) -> None:
    """Let an adopted call be what its own rows say, now that its message id has another."""
    own = own_counts(recorder.db, kept_as)
    if own is None:
        return
    row = recorder.read(kept_as)
    known, held, saved = unpack(kept_as, row)
    known.input, known.output, known.write_5m, known.write_1h, known.read, known.web_search = own
    known.parts = ()
    recorder.remove(kept_as, row)
    recorder.price(known, held, saved, "")
    forget(recorder.db, kept_as)


def forget(db: sqlite3.Connection, kept_as: str) -> None:
    """The call is what its own rows say."""
    db.execute("DELETE FROM adopted WHERE call = ?", (kept_as,))
