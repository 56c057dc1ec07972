"""The pings of a session: what is kept of them between two questions, and what each came to."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.days import DAY_MS
from cheaproute.hook.pauses import last_answer, set_aside
from cheaproute.ledger import intern, meta
from cheaproute.ledger.module import loops
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import Call
from cheaproute.usage.purposes import KEEP_WARM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


class State:
    """What is kept of a session between two questions; `day_nano` is of all sessions, of `day`."""

    __slots__ = ("day", "day_nano", "out_ms", "sent", "session_nano", "stopped")

    def __init__(
        self,
        sent: int = 0,
        session_nano: int = 0,
        day: int = 0,
        day_nano: int = 0,
        *,
        stopped: bool = False,
        out_ms: int = 0,
    ) -> None:
        self.sent = sent  # since the last answer of the session's own
        self.session_nano = session_nano
        self.day = day
        self.day_nano = day_nano
        self.stopped = stopped  # for this session
        self.out_ms = out_ms  # when the ping left of which nothing was heard yet; 0: none


def likely(session: str, at_ms: int, model: str, tokens: int) -> Call:
    """A ping as it is thought to be: it reads the context and answers with a word."""
    id_ = f"ping:{session}:{at_ms}"
    return Call(id_, at_ms, model, input=50, output=10, read=tokens, purpose=KEEP_WARM)


def sent(state: State, nano: int, read: int, tokens: int, *, answered: bool) -> bool:
    """Note a ping in `state`; whether it found the cache: the first that does not ends it."""
    state.sent += 1
    state.session_nano += nano
    state.day_nano += nano
    hit = answered and 2 * read >= tokens
    state.stopped = not hit
    return hit


def settle(event: Event, context: Context, session: int, state: State, ping: Call) -> str:
    """Count the ping that was sent; why it was the last one, "" if it was not."""
    state.out_ms = 0
    tokens = ping.read
    known, nano = set_aside.settle(context, session, event.raw, ping, ping.id)
    if known is not None:
        loops.pinged(context.db, session, ping.model, context.now_ms)
    read = known.read if known is not None else 0
    if sent(state, nano, read, tokens, answered=known is not None):
        return ""
    if known is not None:
        return "the cache was not there"
    return "it was not answered" + (" (its cost is an estimate)" if nano else "")


def ended(event: Event, context: Context) -> None:
    """The session has ended: a ping that was under way is counted, though nobody heard of it."""
    session = intern.session_id(context.db, event.session)
    if not read(context, session).out_ms:
        return
    with Immediate(context.db):
        state = read(context, session)
        if state.out_ms:
            last = last_answer.read(context.db, session)
            lost(event, context, session, state, last.model, last.prompt)
            save(context, session, state)


def lost(
    event: Event, context: Context, session: int, state: State, model: str, tokens: int
) -> None:
    """Count a ping of which nothing was heard: by its record where one came, else as likely."""
    ping = likely(event.session, state.out_ms, model, tokens)
    state.out_ms = 0
    _, nano = set_aside.settle(context, session, {}, ping, ping.id)
    sent(state, nano, tokens, tokens, answered=True)  # whether the cache was there is not known


def read(context: Context, session: int) -> State:
    """What is kept of the session."""
    day = context.now_ms // DAY_MS
    spent = meta.get(context.db, "warm.day").split(":")
    nano = int(spent[1]) if spent[0] == str(day) else 0
    try:
        kept = fastjson.loads(meta.get(context.db, _key(session)) or "[]")
        pings, total, stopped, out_ms = (*kept, 0)[:4]  # a version before kept three
        return State(int(pings), int(total), day, nano, stopped=bool(stopped), out_ms=int(out_ms))
    except (ValueError, TypeError):
        return State(0, 0, day, nano)


def save(context: Context, session: int, state: State) -> None:
    """Keep it."""
    told = [state.sent, state.session_nano, state.stopped, state.out_ms]
    meta.put(context.db, _key(session), fastjson.dumps(told))
    meta.put(context.db, "warm.day", f"{state.day}:{state.day_nano}")


def _key(session: int) -> str:
    return f"warm.session:{session}"
