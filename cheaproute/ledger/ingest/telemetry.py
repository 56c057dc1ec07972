"""What the client told the module of its answered requests, into the ledger: exact, once each.

A record names its request by the API's id and no message by its own. A transcript's row of the same
request is the same call, whichever comes first; helpers (titles, compactions, the web's readers)
have no such row. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.days import parse_ms
from cheaproute.ledger import intern
from cheaproute.ledger.calls import asked
from cheaproute.ledger.calls import told as told_calls
from cheaproute.ledger.calls.record import UNNAMED, Place, Recorder, unpack
from cheaproute.ledger.schema import BY_REQUEST, HELPER, MAIN, SUBAGENT
from cheaproute.usage.call import BEGUN_TOKENS, EXACT, SPREAD, Call, looks_unique, word
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from cheaproute.usage.prices import Prices

    R = TypeVar("R", bound=Mapping[str, object])

# The client's words for a main loop; an agent's begin with the other.
_MAIN = ("sdk", "repl_main_thread")
_AGENT = "agent:"
# The mark of a record that is to be booked by itself, and the head of the id it then has.
BY_RECORD = "record:"
_ID_LENGTH = 24
# More than any request can use: a count beyond is no count.
_MOST = 1_000_000_000
# The client rounds its own cost to a millionth of a dollar.
_ROUNDING_NANO = 1_000


class Billed:
    """One answered request: `call`, the session's uuid, what it was for, the client's own cost.

    `by_record`: what told of it names it, for its request id names no request.
    """

    __slots__ = ("by_record", "call", "client_nano", "purpose", "session")

    def __init__(
        self, record: Mapping[str, object], session: str, now_ms: int, prices: Prices
    ) -> None:
        written = count(record, "cache_creation_tokens")
        hour = count(record, "cache_creation_1h_tokens")
        split = "cache_creation_5m_tokens" in record or not written
        self.session = intern.clean(_text(record, "session.id")) or session
        self.purpose = _text(record, "query_source")
        self.client_nano = count(record, "cost_usd_micros") * 1_000
        request = intern.clean(_text(record, "request_id"))
        self.by_record = BY_RECORD in record
        if self.by_record:
            names = (request, self.session, record.get("at"), record.get("event.sequence"))
            request = BY_RECORD + ".".join(intern.clean(str(name)) for name in names)
        self.call = Call(
            UNNAMED + request,
            parse_ms(record.get("at")) or now_ms,
            # A gateway may answer with no model's name: then it is the one that was asked for.
            intern.clean(_text(record, "model") or _text(record, "asked")),
            session=self.session,
            agent=intern.clean(_text(record, "agent_id")),
            sidechain=self.source == SUBAGENT,
            input=count(record, "input_tokens"),
            output=count(record, "output_tokens"),
            write_5m=max(0, written - hour),
            write_1h=hour,
            read=count(record, "cache_read_tokens"),
            speed="fast" if record.get("speed") == "fast" else "",
            effort=word(record.get("effort")),
            request_id=request,
            estimated=EXACT if split else SPREAD,
            purpose=intern.clean(self.purpose),
            client_nano=self.client_nano,
        )
        cost = cost_nano(self.call, prices.listed)
        if cost is None or abs(cost - self.client_nano) > _ROUNDING_NANO:
            from cheaproute.usage import served  # seldom

            served.settle(self.call, prices, helper=self.source == HELPER)
        if self.call.output <= BEGUN_TOKENS < count(record, "said_chars"):
            from cheaproute.ledger.ingest import interrupted  # seldom

            interrupted.guess(self.call, count(record, "said_chars"), self.client_nano, prices)

    @property
    def source(self) -> int:
        """Which kind of call it was, by the ledger's numbers."""
        return source_of(self.purpose)


def source_of(purpose: str) -> int:
    """The kind of call, by the ledger's numbers, that the client makes for `purpose`."""
    if purpose in _MAIN:
        return MAIN
    return SUBAGENT if purpose.startswith(_AGENT) else HELPER


def book(
    db: sqlite3.Connection,
    records: Iterable[Mapping[str, object]],
    *,
    session: str,
    cwd: str,
    now_ms: int,
    prices: Prices,
) -> None:
    """Count each request of `records` once. They are of `session`, if not said.

    One that has no request id is left to the transcript, which tells of it, too (see `told`), or is
    booked by its record where there is none.
    """
    recorder = Recorder(db, prices)
    for record in records:
        billed = Billed(record, session, now_ms, prices)
        if billed.call.request_id and billed.call.model:
            _put(db, billed, cwd, recorder)
    if recorder.changed:
        from cheaproute.ledger.ingest import ingest

        ingest.reconcile_told(db, recorder.changed, prices)


def unsure(
    db: sqlite3.Connection, records: Iterable[R], *, session: str, now_ms: int, prices: Prices
) -> list[R]:
    """Those whose request id names no request: a relay may give all the same one, or none."""
    found: list[R] = []
    seen: dict[str, int] = {}
    for record in records:
        call = Billed(record, session, now_ms, prices).call
        others = db.execute(
            f"SELECT 1 FROM call WHERE {BY_REQUEST} AND ts_ms != ? AND client_nano IS NOT NULL",  # noqa: S608
            (call.request_id, call.ts_ms),
        )
        again = seen.get(call.request_id, call.ts_ms) != call.ts_ms or others.fetchone() is not None
        if again or not _is_named(call.request_id):
            found.append(record)
        seen[call.request_id] = call.ts_ms
    return found


def _is_named(request: str) -> bool:
    """Whether the id looks as if it were one request's alone, the provider's at a glance."""
    if request.startswith("req_") and len(request) >= _ID_LENGTH:
        return True
    return looks_unique(request)


def told(
    db: sqlite3.Connection,
    records: Iterable[R],
    *,
    session: str,
    now_ms: int,
    prices: Prices,
) -> list[R]:
    """Put the client's cost to the transcript's calls of unsure records; those without one."""
    recorder, left = Recorder(db, prices), []
    for record in records:
        billed = Billed(record, session, now_ms, prices)
        kept_as = told_calls.untold(db, billed.call, intern.session_id(db, billed.session))
        if not kept_as:
            left.append(record)
            continue
        call, place, saved = unpack(kept_as, row := recorder.read(kept_as))
        call.client_nano = billed.client_nano
        recorder.remove(kept_as, row)
        recorder.price(call, place, saved, "")
    return left


def drop_by_record(db: sqlite3.Connection, session: str, prices: Prices) -> None:
    """Take back what was booked by records: a transcript of the session tells of it after all."""
    recorder, head = Recorder(db, prices), UNNAMED + BY_RECORD
    for (kept_as,) in db.execute(
        "SELECT id FROM call WHERE session = ? AND substr(id, 1, ?) = ? AND source != ?",
        (intern.session_id(db, session), len(head), head, HELPER),
    ).fetchall():
        recorder.remove(kept_as, recorder.read(kept_as))


def _put(db: sqlite3.Connection, billed: Billed, cwd: str, recorder: Recorder) -> None:
    call = billed.call
    if billed.purpose in asked.UNNAMED:
        session = intern.session_id(db, billed.session)
        call.purpose = asked.taken(recorder, call, session) or call.purpose
    if not billed.by_record:
        call.id = told_calls.booked(db, call)
    if not call.id:
        return
    if not call.id.startswith(UNNAMED):  # the transcript says which model answered, and how
        known = unpack(call.id, recorder.read(call.id))[0]
        call.model, call.requested = known.model, known.requested
        told_calls.as_served(call, known)
    session = intern.session_id(db, billed.session)
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    project = (row[0] if row else 0) or intern.project_id(db, cwd)
    place = Place(billed.source, session=session, project=project, agent=call.agent)
    recorder.put(call, place, instead=_instead(db, session, billed))


def _instead(db: sqlite3.Connection, session: int, billed: Billed) -> str:
    """The model that an agent would have run on, where the module chose another and that ran.

    Of the main loop's calls `calls.choices` has what they saved.
    """
    if billed.source != SUBAGENT:
        return ""
    row = db.execute(
        "SELECT over FROM loop WHERE session = ? AND agent = ? AND model != ''",
        (session, billed.call.agent),
    ).fetchone()
    return row[0] if row and row[0] != billed.call.model else ""


def count(record: Mapping[str, object], name: str) -> int:
    """The count `name` of a record; 0 for what is none."""
    value = record.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    return value if type(value) is int and 0 <= value <= _MOST else 0


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""
