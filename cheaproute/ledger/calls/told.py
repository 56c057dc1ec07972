"""What the client's telemetry told of a call, and the transcript's call that is the same one.

Of some it tells by nothing but how much its own running total has grown.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.ledger.calls.record import UNNAMED, unpack
from cheaproute.ledger.schema import BY_REQUEST, HELPER
from cheaproute.usage import identity
from cheaproute.usage.call import ESTIMATED, SPREAD, looks_unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.calls.record import Place, Recorder
    from cheaproute.usage.call import Call

    Amounts = tuple[int, ...]

# What is booked by the running total's growth alone.
PROVISIONAL = f"source = {HELPER} AND estimated = {ESTIMATED} AND final = 1"
# The client tells of its total's growth in millionths of a dollar.
_ROUNDING_NANO = 2_000
# The end of a part's id that stands for what a record's dollars tell beyond its counts.
PART = "#advisor:told"
# A record and its row are written within this.
_LATE_MS = 60_000


def take_booked(recorder: Recorder, call: Call, place: Place) -> int | None:
    """Take into `call` what the client's telemetry booked under its request id.

    What that had saved, in nano-dollars; None where nothing was booked.

    The transcript says which model answered; the client knows the one it asked for.
    """
    identifier = UNNAMED + call.request_id
    row = () if call.part or call.id.startswith(UNNAMED) else recorder.read(identifier)
    if not row:
        return None
    known, held, saved = unpack(identifier, row)
    others = (
        f"SELECT 1 FROM call WHERE {BY_REQUEST} AND id NOT IN (?, ?) AND instr(id, '#') = 0 LIMIT 1"  # noqa: S608
    )
    alone = not recorder.db.execute(others, (call.request_id, identifier, call.id)).fetchone()
    if not identity.is_booking(known, call, alone=alone):
        return None
    recorder.remove(identifier, row)
    drop_part(recorder, identifier)
    recorder.changed.add(held.session)
    if not place.session:
        place.session, place.project = held.session, held.project
    if known.model != call.model:
        known.model, known.requested = call.model, call.requested or known.model
    known.rows = call.rows
    as_served(known, call)
    call.absorb(known)
    return saved


def as_served(told: Call, row: Call) -> None:
    """Let `told`, of a record, be how its final `row` says it was served.

    Where the row is not final yet, what the client's cost showed stands.
    """
    if row.final:
        told.speed, told.parts = row.speed, row.parts


def take_record(recorder: Recorder, call: Call, place: Place) -> None:
    """Let a new call of a transcript take the place of what was booked by a record alone.

    That named no request: it is the first of the same session, agent and counts near the same time.
    """
    row = recorder.db.execute(
        "SELECT id FROM call WHERE id >= ?1 || 'record:' AND id < ?1 || 'record;' AND session = ?2"
        " AND agent = ?3 AND (input, output, read, write_5m + write_1h) = (?4, ?5, ?6, ?7)"
        " AND ts_ms BETWEEN ?8 AND ?9 ORDER BY ts_ms LIMIT 1",
        (
            UNNAMED,
            place.session,
            call.agent,
            call.input,
            call.output,
            call.read,
            call.write_5m + call.write_1h,
            call.ts_ms - _LATE_MS,
            call.ts_ms + identity.TOGETHER_MS,
        ),
    ).fetchone()
    if row is None:
        return
    known, held, saved = unpack(row[0], told := recorder.read(row[0]))
    if held.source != place.source:
        return
    recorder.remove(row[0], told)
    drop_part(recorder, row[0])
    recorder.remove(call.id, recorder.read(call.id))
    call.client_nano, call.purpose = known.client_nano, known.purpose
    recorder.price(call, place, saved, "")


def drop_part(recorder: Recorder, identifier: str) -> None:
    """Take away what a record's dollars told of the call beyond its counts."""
    if row := recorder.read(identifier + PART):
        recorder.remove(identifier + PART, row)


def kept_as(db: sqlite3.Connection, request: str) -> str:
    """The id of a call that has the API's id of its request; "" where there is none."""
    row = db.execute(f"SELECT id FROM call WHERE {BY_REQUEST}", (request,)).fetchone()  # noqa: S608
    return row[0] if row else ""


def booked(db: sqlite3.Connection, call: Call) -> str:
    """The id of the call that telemetry tells of in `call`, whose id names the request alone.

    "" where its request id is another call's: a relay gives all the same one. Such a request is
    left to the transcript, which tells of it, too.
    """
    rows = db.execute(
        "SELECT id, client_nano, input, output, read, agent FROM call"  # noqa: S608
        f" WHERE {BY_REQUEST} AND instr(id, '#') = 0",
        (call.request_id,),
    ).fetchall()
    if not rows:
        return call.id
    counts = (call.input, call.output, call.read, call.agent)
    if len(rows) == 1 and looks_unique(call.request_id):
        _, told, sent, _, read, _ = rows[0]
        if told is None or (sent, read) in ((call.input, call.read), (0, 0)):
            return str(rows[0][0])
    alike = [row for row in rows if row[2:] == counts]
    fresh = [row[0] for row in alike if row[1] is None]
    return str((fresh or [row[0] for row in alike] or [""])[0])


def untold(db: sqlite3.Connection, call: Call, session: int) -> str:
    """The first call of a transcript that is the one of `call`, and has no record yet; or "".

    The same session, agent, model and five counts, within a minute, one to one in order. A long
    answer's first row is older: where none is within the minute the longest answer's time will do.
    """
    five = (call.write_5m, call.write_1h)
    row = db.execute(
        "SELECT id FROM call WHERE session = ?1 AND agent = ?2 AND client_nano IS NULL"
        " AND (input, output, read, write_5m + write_1h) = (?3, ?4, ?5, ?6 + ?7)"
        " AND (?8 OR write_1h = ?7) AND ?9 IN ((SELECT name FROM model WHERE id = call.model),"
        " (SELECT name FROM model WHERE id = call.requested))"
        " AND instr(id, '#') = 0 AND substr(id, 1, ?10) != ?11 AND ts_ms BETWEEN ?12 AND ?13"
        " ORDER BY ts_ms < ?14, ts_ms LIMIT 1",
        (
            session,
            call.agent,
            call.input,
            call.output,
            call.read,
            *five,
            call.estimated == SPREAD,
            call.model,
            len(UNNAMED),
            UNNAMED,
            call.ts_ms - identity.TOGETHER_MS,
            call.ts_ms + _LATE_MS,
            call.ts_ms - _LATE_MS,
        ),
    ).fetchone()
    return str(row[0]) if row else ""


def provisional(db: sqlite3.Connection, session: int) -> list[tuple[str, int, str]]:
    """Id, time and model of what is booked by the growth of the session's total; in order."""
    return db.execute(
        "SELECT id, ts_ms, (SELECT name FROM model WHERE id = call.model) FROM call"  # noqa: S608
        f" WHERE session = ? AND {PROVISIONAL} ORDER BY ts_ms, id",
        (session,),
    ).fetchall()


def settle(
    recorder: Recorder, ids: Iterable[str], total: Amounts, cost: int | None
) -> tuple[Amounts, int | None]:
    """Let the calls `ids`, booked by growth, be what the client's total has of them.

    `total` are the counts that it has of their model beyond what is listed, at `cost` (None:
    unknown). What is beyond the calls is given back: they keep their dollars if it has as many,
    and their share of its counts.
    """
    rows = {one: recorder.read(one) for one in ids}
    held = [unpack(one, row)[0].counts() for one, row in rows.items()]
    nanos = [row[6] for row in rows.values()]
    rest = tuple(a - sum(b) for a, b in zip(total, zip(*held, strict=True), strict=True))
    known = cost is not None and None not in nanos
    beyond = cost - sum(nanos) if known else 0
    slack = _ROUNDING_NANO * (len(rows) + 1)
    if min(rest) >= 0 and (beyond > slack if any(rest) else not beyond):
        return rest, beyond if known else cost
    weights = nanos if known and any(nanos) else [1] * len(rows)
    whole = cost if known and any(nanos) and beyond > slack else sum(weights)
    so_far, given = 0, (0,) * (len(total) + 1)
    amounts = (*total, cost or 0)
    for (one, row), weight in zip(rows.items(), weights, strict=True):
        so_far += weight
        until = tuple(amount * so_far // whole for amount in amounts)
        *counts, nano = (a - b for a, b in zip(until, given, strict=True))
        call, place, saved = unpack(one, row)
        call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = counts
        recorder.remove(one, row)
        recorder.insert(call, place, None if cost is None else nano, saved)
        given = until
    left = tuple(a - b for a, b in zip(amounts, given, strict=True))
    return left[:-1], None if cost is None else left[-1]
