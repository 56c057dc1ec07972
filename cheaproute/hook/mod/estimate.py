"""What a request that has not left yet is likely to cost: its loop's context, warm or cold."""

from __future__ import annotations

from cheaproute.ledger import intern
from cheaproute.ledger.module import loops
from cheaproute.ledger.schema import MAIN, SUBAGENT
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.usage.prices import Prices

# Where nothing is known: bytes of a request's JSON for a token, tokens of an answer.
BYTES_A_TOKEN, WINDOW_TOKENS = loops.BYTES_A_TOKEN, loops.WINDOW_TOKENS
OUTPUT_TOKENS = 600
# What the first request of a session carries: the client's own words.
FIRST_TOKENS = 20_000
FIRST_BYTES = FIRST_TOKENS * BYTES_A_TOKEN
# The most that an image counts, by the client's own table (2.1.332), and a page of a document: its
# picture and its text (1,600 to 2,500 were measured).
IMAGE_TOKENS, PAGE_TOKENS = 4_784, 4_784
# Where a document does not say how many pages it has: as many as that would be if each were dense
# text, and no more than the API takes.
PAGE_BYTES, MOST_PAGES = 2_000, 600
# How often another module beneath ours may send a request.
_MOST_SENDS = 101
# A request much smaller than the loop's last one is no request of the loop: a title, a reader.
_SAME_SHARE = 0.5
# A loop's first request is judged by the calls before it: so many of anyone's, of this session's
# own the last few, and nine of ten of those of its model where so many are known.
_LATELY, _OWN, _ENOUGH = 64, 8, 20


# What the hand counts in a request beside its text, in bytes of text that would count as much.
WEIGHTS = {
    "images": IMAGE_TOKENS * BYTES_A_TOKEN,
    "pages": PAGE_TOKENS * BYTES_A_TOKEN,
    "pdf_bytes": PAGE_TOKENS * BYTES_A_TOKEN // PAGE_BYTES,
}
_MOST = {"images": 10_000, "pages": MOST_PAGES, "pdf_bytes": MOST_PAGES * PAGE_BYTES}


class Flight:
    """A request: its model, its length in bytes (0: not known), the agent that makes it.

    What is no text is counted as the API counts it, not by the length it is sent in.
    """

    __slots__ = ("agent", "bytes", "model", "most", "sends")

    def __init__(self, told: dict[str, object]) -> None:
        model, agent = told.get("model"), told.get("agent")
        self.model = model if isinstance(model, str) else ""
        self.bytes = size(told)
        self.agent = agent if isinstance(agent, str) else ""
        self.most = _count(told, "max_tokens", 1 << 40)  # that its answer may have; 0: not known
        self.sends = _count(told, "sends", _MOST_SENDS) or 1


def size(told: dict[str, object]) -> int:
    """The length of a request, its images and documents as text that would count as much."""
    text = _count(told, "bytes", 1 << 40)
    return text + sum(_count(told, name, _MOST[name]) * weight for name, weight in WEIGHTS.items())


def _count(told: dict[str, object], name: str, most: int) -> int:
    value = told.get(name)
    return min(value, most) if type(value) is int and value > 0 else 0


def is_busy(event: Event) -> bool:
    """Whether a turn or an agent is at work, by the hand's word: nothing else gets a leave."""
    return event.raw.get("busy") is True


def waiting(event: Event) -> list[dict[str, object]] | None:
    """The requests that wait to leave, [] for a tool whose guard would be one; None for neither.

    Those that wait at once come in one question (`asked`); an older hand asks for each alone.
    """
    alone, told = event.raw.get("flight"), event.raw.get("asked")
    if isinstance(told, list):
        return [one for one in told if isinstance(one, dict)]
    if isinstance(alone, dict):
        return [alone]
    return [] if event.name == "ModTool" else None


def under_way(event: Event, waits: list[dict[str, object]]) -> list[dict[str, object]]:
    """The requests under way, without those that wait."""
    told = event.raw.get("flights")
    found = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    for one in waits:
        if one in found:
            found.remove(one)
    return found


def nano(flight: Flight, db: sqlite3.Connection, session: int, prices: Prices, now_ms: int) -> int:
    """The likely cost in nano-dollars, as a cap counts it: without a price at a dear one."""
    call = likely(flight, db, session, now_ms)
    cost = cost_nano(call, prices)
    if cost is None:
        from cheaproute.cap.fallback import unpriced

        cost = unpriced.counted(call, prices)
    return cost * flight.sends


def first(
    told: dict[str, object], db: sqlite3.Connection, session: int, prices: Prices, now_ms: int
) -> int:
    """What the main loop's first request is likely to cost, nano-dollars; 0 once it was answered.

    Whatever is refused before (`told`: a step, a helper), that is what the session needs.
    """
    loop = loops.read(db, session, "")
    if loop.prompt_tokens:
        return 0
    own = loop.own or told.get("model")
    return nano(Flight({"model": own, "bytes": FIRST_BYTES}), db, session, prices, now_ms)


def count(told: Sequence[dict[str, object]], event: Event, context: Context) -> bool:
    """Have the caps count requests that were given up before their answers began; True.

    Whether such a one is billed nobody is told, so it is in no books.
    """
    from cheaproute.cap import expected  # seldom
    from cheaproute.ledger.module import given_up

    db, now_ms = context.ledger, context.now_ms
    session = intern.session_id(db, event.session)
    gone = []
    for number, one in enumerate(told):
        flight = Flight(one)
        cost = nano(flight, db, session, context.prices, now_ms)
        gone.append((given_up.asked_ms(one, now_ms - number), flight.model, flight.agent, cost))
    expected.give_up(db, event.session, event.cwd, gone, now_ms)
    return True


def most(flight: Flight, now_ms: int) -> Call:
    """The counts that its answer has at most: each byte a token, all kept for an hour."""
    output = flight.most or WINDOW_TOKENS
    return Call("", now_ms, flight.model, write_1h=flight.bytes, output=output)


def likely(flight: Flight, db: sqlite3.Connection, session: int, now_ms: int) -> Call:
    """The counts that its answer is likely to have."""
    loop = loops.read(db, session, flight.agent)
    call = Call("", now_ms, flight.model)
    call.output = loop.output_tokens or OUTPUT_TOKENS
    told = flight.bytes or loop.bytes
    if loop.prompt_tokens and (not loop.bytes or told >= loop.bytes * _SAME_SHARE):
        kept = loop
        if not loop.warm(flight.model, now_ms):
            from cheaproute.ledger.module import left  # seldom

            kept = left.by(db, session, flight.agent, loop, flight.model, now_ms, told)
        if kept.warm(flight.model, now_ms):
            call.read = kept.prompt_tokens
        written, loop = kept.tokens(told, loop) - call.read, kept
    elif loop.prompt_tokens:
        written = min(told // BYTES_A_TOKEN, WINDOW_TOKENS)
        call.output = OUTPUT_TOKENS
    else:
        call.output, written = _first(db, session, flight, now_ms)
    if flight.most:
        call.output = min(call.output, flight.most)
    loop.keep(call, written)
    return call


def reread(call: Call, db: sqlite3.Connection, session: int) -> None:
    """Have a helper's call read what the one of its kind before it has left in the cache."""
    (kept,) = db.execute(
        "SELECT max(write_5m + write_1h + read) FROM call WHERE source = 5 AND ts_ms > ?"
        " AND +session = ? AND purpose = ? AND +model = (SELECT id FROM model WHERE name = ?)",
        (call.ts_ms - 1000 * loops.MINUTES_S, session, call.purpose, call.model),
    ).fetchone()
    prompt = call.write_5m + call.write_1h
    read = min(kept or 0, prompt)
    call.read, call.write_5m = call.read + read, max(0, call.write_5m - read)
    call.write_1h = prompt - read - call.write_5m


def _first(db: sqlite3.Connection, session: int, flight: Flight, now_ms: int) -> tuple[int, int]:
    """The output and prompt tokens that a loop's first request is likely to have.

    It may answer as much as the session's longest of late, in a session without an answer as nine
    of ten of its model's; a byte of it counts as in the main loop, before its first answer as in
    the latest session's, and an agent's no less than in the session's other agents. Where its
    length is not known it is the session's shortest.
    """
    rows = db.execute(
        "SELECT session, (SELECT name FROM model WHERE id = model), output,"
        " input + write_5m + write_1h + read, source FROM call"
        " WHERE ts_ms <= ? ORDER BY ts_ms DESC LIMIT ?",
        (now_ms, _LATELY),
    ).fetchall()
    loop_rows = [row for row in rows if row[4] in (MAIN, SUBAGENT)]
    own = [row for row in loop_rows if row[0] == session and session]
    usual = sorted(row[2] for row in loop_rows if row[1] == flight.model)
    output = max([OUTPUT_TOKENS, *(row[2] for row in own[:_OWN])])
    if not own and len(usual) >= _ENOUGH:
        output = max(output, usual[-(-len(usual) * 9 // 10) - 1])
    main = loops.read(db, session, "")
    if not main.bytes:
        main = loops.newest(db)
    alike = [main]
    if flight.agent:
        alike += [loop for agent, loop in loops.recent(db, session, now_ms) if agent]
    ratios = (one.prompt_tokens / one.bytes for one in alike if one.bytes)
    ratio = max([1 / BYTES_A_TOKEN, *ratios])
    prompt = int(flight.bytes * ratio) or min((row[3] for row in own), default=0)
    return output, min(prompt, WINDOW_TOKENS)
