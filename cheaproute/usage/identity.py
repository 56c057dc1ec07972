"""Which rows are of one call: by message id and request id, and by less where a gateway gives less.

A gateway may answer every request under one message id. The request id then tells calls apart, or
the client's own reference of the request; where there is neither, what was sent, and how the rows
hang together. Loaded only where message ids meet that are not plainly one request's.
"""

from __future__ import annotations

from cheaproute.usage.call import looks_unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.call import Call

# The rows of one call lie within this.
TOGETHER_MS = 600_000


def same(known: Call, other: Call) -> bool:
    """Whether `other` is a row of the call `known`, which has its message id.

    `known.rows` are those of its rows that the caller remembers.
    """
    for mine, theirs in ((known.ref, other.ref), (known.request_id, other.request_id)):
        if mine and theirs and mine != theirs:
            return False
    if known.ref and other.ref:
        return True
    if any(row in known.rows for row in other.rows):
        return True
    named = bool(known.request_id and other.request_id)
    if named and not is_poor(other):
        if not is_unique(other) and known.final and not sent_alike(known, other):
            return False  # a name for the session, not for the request
        return may_be_copy(known, other)
    if not sent_alike(known, other):
        return False
    if is_unique(other) or (named and known.ts_ms == other.ts_ms):
        return True
    if (known.model, known.session, known.agent) != (other.model, other.session, other.agent):
        return False
    if named and not other.parent:
        return True
    return (bool(other.parent) and other.parent in known.rows) or not known.final


def is_poor(call: Call) -> bool:
    """Whether a relay may have given the ids of `call` to others as well: its rows tell it apart.

    In doubt such a row begins a call: one that is counted twice is seen, one that is not counted
    passes every cap.
    """
    return not (call.ref or looks_unique(call.request_id) or is_unique(call))


def may_be_copy(known: Call, other: Call) -> bool:
    """Whether a row with the ids of `known` is of it, also where another session's file has it.

    A copied row keeps its time, whoever made the copy.
    """
    if known.session == other.session or known.ts_ms == other.ts_ms:
        return True
    return abs(known.ts_ms - other.ts_ms) <= TOGETHER_MS and sent_alike(known, other)


def sent_alike(known: Call, other: Call) -> bool:
    """Whether both may be of one request: a row that tells of nothing sent may be any's."""
    mine, theirs = known.prompt(), other.prompt()
    return mine == theirs or not any(mine) or not any(theirs)


def completes(known: Call, other: Call) -> bool:
    """Whether the counts of one are the other's, or a part of them, on the same model."""
    pairs = tuple(zip(known.counts(), other.counts(), strict=True))
    ordered = all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
    return ordered and known.model == other.model


def is_unique(call: Call) -> bool:
    """Whether the message id looks as if it were given once only."""
    return looks_unique(call.id.removesuffix(call.part) if call.part else call.id)


def is_booking(booked: Call, call: Call, *, alone: bool) -> bool:
    """Whether what telemetry booked under the request id of `call` is this very call.

    `alone`: no other call has that request id.
    """
    if alone and looks_unique(call.request_id):
        return True
    told = (call.agent, call.input, call.read)
    return told == (booked.agent, booked.input, booked.read) and call.output <= booked.output


def further(call: Call, known: Call) -> str:
    """The id of `call`, which is another request than `known`, the first of its message id."""
    base = call.id.removesuffix(call.part) if call.part else call.id
    if call.request_id and call.rows:
        tail = f"{call.request_id}.{call.rows[0]}"
    elif call.request_id and call.request_id != known.request_id:
        tail = call.request_id
    elif call.ref:
        tail = f"{call.request_id}.{call.ref:x}"
    elif call.request_id:
        sent = "" if is_unique(call) else ".".join(map(str, call.prompt()))
        tail = ".".join(filter(None, (call.request_id, call.session, sent)))
    elif is_unique(call):
        tail = ".".join(map(str, call.prompt()))
    else:
        tail = call.rows[0] if call.rows else call.session
    return f"{base}@{tail}{call.part}"
