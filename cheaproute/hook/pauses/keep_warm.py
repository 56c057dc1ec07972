"""Keep the cache warm in a pause: pings by a fork, few, cheap, and none after the first miss.

`decide` is pure: what is known comes in, time as a number; the state it leaves is kept by `answer`.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.config import reader
from cheaproute.days import DAY_MS
from cheaproute.hook.pauses import last_answer, set_aside
from cheaproute.ledger import loops, meta
from cheaproute.money import show
from cheaproute.usage import cache
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.hook.pauses.last_answer import Last

PURPOSE = "keep-warm"
# A smaller context is cheap to send again.
LEAST_TOKENS = 20_000
_LATE_MS = 5_000
_LIFE_MS = 2 * 60_000
_OFF = "`cheaproute config set plan.keep_warm 0` turns it off."
_CAP = "the cap leaves too little for more"
PROMPT = "Reply with the one word: ok"


class State:
    """What is kept of a session between two questions; `day_nano` is of all sessions, of `day`."""

    __slots__ = ("day", "day_nano", "sent", "session_nano", "stopped")

    def __init__(
        self,
        sent: int = 0,
        session_nano: int = 0,
        day: int = 0,
        day_nano: int = 0,
        *,
        stopped: bool = False,
    ) -> None:
        self.sent = sent  # since the last answer of the session's own
        self.session_nano = session_nano
        self.day = day
        self.day_nano = day_nano
        self.stopped = stopped  # for this session


def decide(
    stage: str, last: Last, tokens: int, most: int, limit_nano: int, ping_nano: int, state: State,
    now_ms: int,
) -> Answer:  # fmt: skip
    """When to ask again (`wait_ms`), that a ping goes out now (`fork`), or {}: no more of it.

    `last` is the last use of the cache, pings included; `most` and `limit_nano` the user's own.
    """
    if state.stopped or most <= state.sent or tokens < LEAST_TOKENS or not last.at_ms:
        return {}
    if state.day_nano + ping_nano > limit_nano or last.cold(now_ms):
        return {}
    due_ms = last.used_ms + cache.ping_interval_ms(last.ttl_ms)
    if stage != "due" or now_ms < due_ms - _LATE_MS:
        return {"wait_ms": max(0, due_ms - now_ms)}
    return {"fork": {"prompt": PROMPT}}


def sent(state: State, nano: int, read: int, tokens: int, *, answered: bool) -> bool:
    """Note a ping in `state`; whether it found the cache: the first that does not ends it."""
    state.sent += 1
    state.session_nano += nano
    state.day_nano += nano
    hit = answered and 2 * read >= tokens
    state.stopped = not hit
    return hit


def answer(event: Event, context: Context, session: int) -> Answer:
    """What the module is to do in a pause, at each stage of it."""
    db, now_ms, settings = context.db, context.now_ms, context.settings
    most = reader.whole(settings, "plan.keep_warm")
    if not most:
        return {}
    told = event.raw.get("context_tokens")
    tokens = told if type(told) is int else 0
    state = _read(context, session)
    last = last_answer.read(db, session)
    stage, model = event.text("stage"), event.text("model") or last.model
    ping = Call("", now_ms, model, input=50, output=10, read=tokens)
    ping_nano = cost_nano(ping, context.prices) or 0
    if stage == "idle":
        state.sent = 0
    if stage == "sent":
        set_aside.drop(context, PURPOSE)
        if event.raw.get("denied") is True:  # by our own gate: it never left
            return {"line": _told(state, _CAP)} if state.sent else {}
        line = _account(event, context, session, state, model, tokens, ping_nano)
        if line:
            _save(context, session, state)
            return {"line": line}
    used_ms = event.raw.get("last_ms")
    if type(used_ms) is int and used_ms > last.used_ms:
        last = last_answer.Last(used_ms, model, tokens, last.ttl_ms)
    limit = reader.nano(settings, "plan.keep_warm_usd") or 0
    found = decide(stage, last, tokens, most, limit, ping_nano, state, now_ms)
    if "fork" in found and not set_aside.hold(context, session, ping_nano, PURPOSE, _LIFE_MS):
        found = {"line": _told(state, _CAP)} if state.sent else {}
    if stage == "sent" and not found:
        found = {"line": _told(state)}
    _save(context, session, state)
    return found


def _told(state: State, why: str = "") -> str:
    """The line about the pings of a pause that are all there will be."""
    pings = "1 ping" if state.sent == 1 else f"{state.sent} pings"
    said = f"Kept the cache warm: {pings}, {show(state.session_nano)} in this session"
    return f"{said}{'; ' if why else ''}{why}. {_OFF}"


def _account(
    event: Event,
    context: Context,
    session: int,
    state: State,
    model: str,
    tokens: int,
    ping_nano: int,
) -> str:
    """Count the ping that was sent; the line that says why it was the last, "" if it was not."""
    usage = event.table("usage")
    answered = event.raw.get("answered") is True
    call = Call("", context.now_ms, model)
    for field, name in (
        ("input", "input_tokens"),
        ("output", "output_tokens"),
        ("read", "cache_read_input_tokens"),
        ("write_5m", "cache_creation_input_tokens"),
    ):
        count = usage.get(name)
        setattr(call, field, count if type(count) is int else 0)
    nano = (cost_nano(call, context.prices) or 0) if answered else ping_nano
    if answered:
        loops.pinged(context.db, session, model, context.now_ms)
    if sent(state, nano, call.read, tokens, answered=answered):
        return ""
    why = "the cache was not there" if answered else "it was not answered (its cost is an estimate)"
    return (
        f"Keep-warm stopped in this session: {why}; {show(state.session_nano)} spent on it. {_OFF}"
    )


def _read(context: Context, session: int) -> State:
    day = context.now_ms // DAY_MS
    spent = meta.get(context.db, "warm.day").split(":")
    nano = int(spent[1]) if spent[0] == str(day) else 0
    try:
        kept = fastjson.loads(meta.get(context.db, f"warm.session:{session}") or "[]")
        pings, total, stopped = kept if isinstance(kept, list) else (0, 0, False)
        return State(int(pings), int(total), day, nano, stopped=bool(stopped))
    except (ValueError, TypeError):
        return State(0, 0, day, nano)


def _save(context: Context, session: int, state: State) -> None:
    told = fastjson.dumps([state.sent, state.session_nano, state.stopped])
    meta.put(context.db, f"warm.session:{session}", told)
    meta.put(context.db, "warm.day", f"{state.day}:{state.day_nano}")
