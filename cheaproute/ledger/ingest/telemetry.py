"""What the client told the module of its answered requests, into the ledger: exact, once each.

A record names its request by the API's id and no message by its own. A transcript's row of the same
request is the same call, whichever comes first; helpers (titles, compactions, the web's readers)
have no such row. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.days import parse_ms
from cheaproute.ledger import intern
from cheaproute.ledger.calls import resolve, voices
from cheaproute.ledger.calls.record import UNNAMED, Place, Recorder
from cheaproute.ledger.schema import HELPER, MAIN, SUBAGENT
from cheaproute.usage.call import EXACT, SPREAD, Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from cheaproute.usage.prices import Prices

_MODELS = (
    "SELECT (SELECT name FROM model WHERE id = model), "
    "coalesce((SELECT name FROM model WHERE id = requested), '') FROM call WHERE id = ?"
)
# The client's words for a main loop; an agent's begin with the other.
_MAIN = ("sdk", "repl_main_thread")
_AGENT = "agent:"
# More than any request can use: a count beyond is no count.
_MOST = 1_000_000_000
# The client rounds its own cost to a millionth of a dollar.
# The only requests of the client that search at the provider.
_SEARCHER = "web_search_tool"
_ROUNDING_NANO = 1_000


class Billed:
    """One answered request: `call`, the session's uuid, what it was for, the client's own cost."""

    __slots__ = ("call", "client_nano", "purpose", "session")

    def __init__(
        self, record: Mapping[str, object], session: str, now_ms: int, prices: Prices
    ) -> None:
        written = _count(record, "cache_creation_tokens")
        hour = _count(record, "cache_creation_1h_tokens")
        split = "cache_creation_5m_tokens" in record or not written
        self.session = _text(record, "session.id") or session
        self.purpose = _text(record, "query_source")
        self.client_nano = _count(record, "cost_usd_micros") * 1_000
        request = intern.clean(_text(record, "request_id"))
        self.call = Call(
            UNNAMED + request,
            parse_ms(record.get("at")) or now_ms,
            _text(record, "model"),
            session=self.session,
            agent=_text(record, "agent_id"),
            sidechain=self.source == SUBAGENT,
            input=_count(record, "input_tokens"),
            output=_count(record, "output_tokens"),
            write_5m=max(0, written - hour),
            write_1h=hour,
            read=_count(record, "cache_read_tokens"),
            speed="fast" if record.get("speed") == "fast" else "",
            request_id=request,
            estimated=EXACT if split else SPREAD,
            purpose=intern.clean(self.purpose),
            client_nano=self.client_nano,
        )
        self.call.web_search = self._searches(prices)

    @property
    def source(self) -> int:
        """Which kind of call it was, by the ledger's numbers."""
        if self.purpose in _MAIN:
            return MAIN
        return SUBAGENT if self.purpose.startswith(_AGENT) else HELPER

    def _searches(self, prices: Prices) -> int:
        """The searches at the provider: their fee is in the client's cost, their number untold."""
        if self.purpose != _SEARCHER:
            return 0
        cost = cost_nano(self.call, prices)
        beyond = self.client_nano - cost if cost is not None else 0
        searches = (beyond + _ROUNDING_NANO) // prices.search_nano
        if searches > 0 and abs(beyond - searches * prices.search_nano) <= _ROUNDING_NANO:
            return searches
        return 0


def book(
    db: sqlite3.Connection,
    records: Iterable[Mapping[str, object]],
    *,
    session: str,
    cwd: str,
    now_ms: int,
    prices: Prices,
) -> list[Billed]:
    """Count each request of `records` once; what they tell. They are of `session`, if not said.

    One that has no request id is left to the transcript, which tells of it, too; a helper's that
    has none is lost.
    """
    recorder = Recorder(db, prices)
    booked = []
    for record in records:
        billed = Billed(record, session, now_ms, prices)
        if billed.call.request_id and billed.call.model:
            _put(db, billed, cwd, recorder)
            booked.append(billed)
    if recorder.changed:
        from cheaproute.ledger.ingest import ingest

        ingest.reconcile_told(db, recorder.changed, prices)
    return booked


def _put(db: sqlite3.Connection, billed: Billed, cwd: str, recorder: Recorder) -> None:
    call = billed.call
    if billed.purpose == voices.UNNAMED:
        counts = call.input, call.output, call.write_5m + call.write_1h, call.read
        session = intern.session_id(db, billed.session)
        if voices.is_booked(db, session, counts, call.ts_ms):
            return
    call.id = resolve.booked(db, call)
    if not call.id:
        return
    if not call.id.startswith(UNNAMED):  # the transcript says which model answered
        call.model, call.requested = db.execute(_MODELS, (call.id,)).fetchone()
    session = intern.session_id(db, billed.session)
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    project = (row[0] if row else 0) or intern.project_id(db, cwd)
    place = Place(billed.source, session=session, project=project, agent=call.agent)
    recorder.put(call, place, instead=_instead(db, session, billed))


def _instead(db: sqlite3.Connection, session: int, billed: Billed) -> str:
    """The model that the loop would have run on, where the module chose another and that ran."""
    if billed.source == HELPER:
        return ""
    row = db.execute(
        "SELECT over FROM loop WHERE session = ? AND agent = ? AND model != ''",
        (session, billed.call.agent),
    ).fetchone()
    return row[0] if row and row[0] != billed.call.model else ""


def _count(record: Mapping[str, object], name: str) -> int:
    value = record.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    return value if type(value) is int and 0 <= value <= _MOST else 0


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""
