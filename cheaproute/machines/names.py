"""What a call is called among machines: by ids that are the same wherever its transcript is.

A number of the ledger's own is no name; nor is an id that a gateway gives to many calls: the
request, the client's own reference, a row of the transcript or the session then tells them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls.record import UNNAMED
from cheaproute.ledger.schema import BY_REQUEST, UNLISTED
from cheaproute.machines import identity
from cheaproute.usage.call import looks_unique

if TYPE_CHECKING:
    import sqlite3

_BOOKED = "unlisted:"
_LONG = 19  # digits of a number that cannot be stored
_CALLS = (
    "SELECT call.id, request, ref, source, coalesce(uuid, ''), ts_ms FROM call"
    " LEFT JOIN session ON session.id = call.session WHERE "
)


class Own(NamedTuple):
    """A call of the own ledger; `session` is the session's uuid, "" where it has none."""

    id: str
    request: str
    ref: int
    source: int
    session: str
    ts_ms: int


def parts(name: str) -> tuple[str, str]:
    """(machine, the ledger's id there) of a name that is one machine's own; ("", `name`) else."""
    machine, sign, rest = name.partition("/")
    return (machine, rest) if sign and identity.is_id(machine) else ("", name)


def of(ledger: sqlite3.Connection, call: Own, machine: str) -> str:
    """What `call` is called; `<machine>/<its id here>` where nothing else names it."""
    if call.source == UNLISTED:
        if not call.session:
            return f"{machine}/{call.id}"
        return f"{_BOOKED}{call.session}:{booking(call.id)}.{call.ts_ms}"
    base, sign, share = call.id.partition("#")
    message, _, tail = base.partition("@")
    if base.startswith(UNNAMED):
        tail = "" if looks_unique(base) else call.session
        message = base
    elif call.request:
        tail = call.request
        if not (looks_unique(message) or looks_unique(call.request)):
            apart = f"{call.ref:x}" if call.ref else _row(ledger, base) or call.session
            tail += f".{apart}" if apart else ""
    elif looks_unique(message):
        return call.id
    elif call.ref:
        tail = f".{call.ref:x}"
    else:
        tail = _row(ledger, base) or tail or call.session
    return f"{message}@{tail}{sign}{share}" if tail else call.id


def _row(ledger: sqlite3.Connection, call: str) -> str:
    """The first row of a call that its ids do not name, in the order of their names; or ""."""
    row = ledger.execute("SELECT min(uuid) FROM call_row WHERE call = ?", (call,)).fetchone()
    return row[0] or ""


def former(call: Own) -> str:
    """What an earlier version called it: by message id and request id, where both are known."""
    base, sign, share = call.id.partition("#")
    if not call.request or base.startswith(UNNAMED):
        return call.id
    return f"{base.partition('@')[0]}@{call.request}{sign}{share}"


def booking(name: str) -> str:
    """What each version's name of a booking has behind the session: its model and day; or ""."""
    call = parts(name)[1]
    said = call.removeprefix(_BOOKED).partition(":")[2] if call.startswith(_BOOKED) else ""
    model, sign, day = said.rpartition(":")
    return f"{model}{sign}{day.partition('.')[0]}"


def summed(name: str, ts_ms: int) -> str:
    """What versions to 0.2.3 call the bookings of a session, a model and the day of `ts_ms`.

    "" for a name that is not of such a booking: they tell its sum alone.
    """
    if not name.startswith(_BOOKED):
        return ""
    session = name.removeprefix(_BOOKED).partition(":")[0]
    return f"{_BOOKED}{session}:{_on(booking(name), ts_ms)}"


def _on(booked: str, ts_ms: int) -> str:
    return f"{booked.rpartition(':')[0]}:{ts_ms // DAY_MS}"


def has_booking(ledger: sqlite3.Connection, name: str, ts_ms: int) -> bool:
    """Whether the own ledger has a session's booking that another machine numbered as `name`.

    The millisecond at which the client wrote its total tells sessions apart.
    """
    booked = booking(name)
    if not booked:
        return False
    rows = ledger.execute(
        "SELECT call.id FROM call JOIN session ON session.id = call.session"
        " WHERE ts_ms = ? AND source = ? AND uuid != ''",
        (ts_ms, UNLISTED),
    )
    return any(booking(call) == booked for (call,) in rows)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one call's: one of them as an earlier version gave it.

    Not for bookings (`known.hand_over`): a number in their name says nothing of the session.
    """
    (base, _, share), (long, _, part) = sorted((one.partition("#"), other.partition("#")))
    return share == part and long.startswith((f"{base}@", f"{base}."))


def owned(ledger: sqlite3.Connection, name: str) -> bool:
    """Whether the own ledger has the call of that name, which is no single machine's."""
    if name.startswith(_BOOKED):
        return _has_booked(ledger, name)
    if has(ledger, name):
        return True
    base, sign, share = name.partition("#")
    message, _, tail = base.partition("@")
    if not tail:
        return False
    end = sign + share
    for (kept,) in ledger.execute("SELECT call FROM call_row WHERE uuid = ?", (tail,)):
        if kept.partition("@")[0] == message and has(ledger, kept + end):
            return True
    booked = f"{UNNAMED}{tail}{end}"
    found = [*_by_request(ledger, tail), *_by_ids(ledger, message, tail, end)]
    if any(name in (of(ledger, one, ""), former(one)) or one.id == booked for one in found):
        return True
    return looks_unique(message) and _alone(ledger, message + end, tail)


def _has_booked(ledger: sqlite3.Connection, name: str) -> bool:
    """Whether the own ledger has the booking of that name; or one of those of which it is the sum.

    A session that is gone on with on two machines has some that are in both, and others of the same
    day that are not: the time of their total tells them apart. Where that is known here, so is what
    it has beyond the rows, be it by other names: the client may have told of each.
    """
    session = name.removeprefix(_BOOKED).partition(":")[0]
    base, sign, ms = name.rpartition(".")
    each = bool(sign) and ms.isdecimal() and len(ms) < _LONG and base.endswith(booking(name))
    total = "SELECT 1 FROM cost_state JOIN session ON session.id = session WHERE uuid = ?"
    if each and _any(ledger, f"{total} AND at_ms = ?", session, int(ms)):
        return True
    rows = ledger.execute(
        "SELECT call.id, ts_ms FROM session JOIN call ON call.session = session.id"
        " WHERE uuid = ? AND source = ?",
        (session, UNLISTED),
    )
    for call, ts_ms in rows:
        booked = booking(call)
        if each and (booked, str(ts_ms)) == (booking(name), ms):
            return True
        if not each and booking(name) in (booked, _on(booked, ts_ms)):
            return True
    return False


def has(ledger: sqlite3.Connection, call: str) -> bool:
    """Whether the own ledger has a call of that id."""
    return _any(ledger, "SELECT 1 FROM call WHERE id = ?", call)


def _by_request(ledger: sqlite3.Connection, request: str) -> list[Own]:
    """The calls of a request id; none where a gateway may have given it to all."""
    if not looks_unique(request):
        return []
    return [Own(*row) for row in ledger.execute(_CALLS + BY_REQUEST, (request,))]


def _by_ids(ledger: sqlite3.Connection, message: str, tail: str, end: str) -> list[Own]:
    """The calls that may be it under the ids that a ledger gives: the first and a further one."""
    request = tail.rpartition(".")[0]
    ids = (message + end, f"{message}@{request}{end}", UNNAMED + tail + end)
    found = [Own(*row) for row in ledger.execute(_CALLS + "call.id IN (?, ?, ?)", ids)]
    for (kept,) in ledger.execute(
        "SELECT call FROM call_row WHERE uuid = ?", (tail.rpartition(".")[2],)
    ):
        found += [Own(*row) for row in ledger.execute(_CALLS + "call.id = ?", (kept + end,))]
    return found


def _alone(ledger: sqlite3.Connection, call: str, tail: str) -> bool:
    """Whether the message's only call is it: a row of before requests were kept.

    Where no request is known a further call is told by what was sent, and is another.
    """
    row = ledger.execute(
        "SELECT input, write_5m, write_1h, read FROM call"
        " WHERE id = ? AND request = '' AND ref = 0",
        (call,),
    ).fetchone()
    if row is None:
        return False
    return not tail.replace(".", "").isdigit() or ".".join(map(str, row)) == tail


def _any(ledger: sqlite3.Connection, query: str, *values: str | int) -> bool:
    return ledger.execute(query, values).fetchone() is not None
