"""Keep the cache warm in a pause: pings by a fork, few, cheap, and none after the first miss.

`decide` is pure: what is known comes in, time as a number; the state it leaves is kept by `answer`.
"""

from __future__ import annotations

from cheaproute.client import settings as client_settings
from cheaproute.config import reader
from cheaproute.hook.pauses import last_answer, pings, set_aside
from cheaproute.ledger import meta
from cheaproute.ledger.transactions import Immediate
from cheaproute.money import show
from cheaproute.usage import cache
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.hook.pauses.last_answer import Last
    from cheaproute.hook.pauses.pings import State

# A smaller context is cheap to send again.
LEAST_TOKENS = 20_000
_LATE_MS = 5_000
_OFF = "`cheaproute config set plan.keep_warm 0` turns it off."
_CAP = "the cap leaves too little for more"
PROMPT = "Reply with the one word: ok"
# Claude Code's own compaction of an idle session: on unless it is set, with an hour's cache.
IDLE = "idleCompaction"
_RIVAL = (
    f"Keep-warm rests: Claude Code compacts idle sessions by itself ({IDLE} in settings.json), and"
    f" both would pay for one pause. {_OFF}"
)
_WEEK_MS = 7 * 86_400_000


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


def answer(event: Event, context: Context, session: int) -> Answer:
    """What the module is to do in a pause, at each stage of it."""
    now_ms, settings = context.now_ms, context.settings
    most = reader.whole(settings, "plan.keep_warm")
    if not most:
        return {}
    told = event.raw.get("context_tokens")
    tokens = told if type(told) is int else 0
    last = last_answer.read(context.db, session)
    stage, model = event.text("stage"), event.text("model") or last.model
    denied = event.raw.get("denied") is True  # by our own gate: it never left
    why, prices = "", context.prices
    with Immediate(context.db):  # that it was counted is kept with it: its end may be told again
        state = pings.read(context, session)
        ping = pings.likely(event.session, state.out_ms or now_ms, model, tokens)
        ping_nano = cost_nano(ping, prices) or 0
        if stage == "sent":
            if state.out_ms and denied:
                set_aside.unsent(context, session, ping.id)
            elif state.out_ms:  # else it was counted already
                why = pings.settle(event, context, session, state, ping)
            state.out_ms = 0
        elif state.out_ms:
            pings.lost(event, context, session, state, model, tokens)
        pings.save(context, session, state)
    if stage == "sent" and (denied or why):
        said = _stopped(state, why) if why else _told(state, _CAP)
        return {"line": said} if why or state.sent else {}
    if stage == "idle":
        state.sent = 0
    used_ms = event.raw.get("last_ms")
    if type(used_ms) is int and used_ms > last.used_ms:
        last = last_answer.Last(used_ms, model, tokens, last.ttl_ms)
    limit = reader.nano(settings, "plan.keep_warm_usd") or 0
    found = decide(stage, last, tokens, most, limit, ping_nano, state, now_ms)
    if found and compacts_idle(context, event.cwd, last.ttl_ms):
        week = meta.once_every(context.db, "told.idle", _WEEK_MS, now_ms)
        found = {"line": _RIVAL} if week else {}
    with Immediate(context.db):  # what has left, and that it has
        if "fork" in found:
            ping = pings.likely(event.session, now_ms, model, tokens)
            if set_aside.leave(context, session, ping, ping_nano):
                state.out_ms = now_ms
            else:
                found = {"line": _told(state, _CAP)} if state.sent else {}
        if stage == "sent" and not found:
            found = {"line": _told(state)}
        pings.save(context, session, state)
    return found


def compacts_idle(context: Context, cwd: str, ttl_ms: int) -> bool:
    """Whether Claude Code may compact the session by itself in a pause: never both.

    By itself it does so with an hour's cache alone. A settings file that cannot be read may say so.
    """
    said = [
        (layer.name, True if layer.content is None else layer.content.get(IDLE))
        for layer in client_settings.layers(context.env, cwd)
    ]
    if any(value is True for _, value in said):
        return True
    # It is the user's own setting: what a project says of it turns nothing off.
    off = any(value is False for name, value in said if name not in ("project", "local"))
    return not off and ttl_ms > cache.FIVE_MINUTES_MS


def _stopped(state: State, why: str) -> str:
    spent = show(state.session_nano)
    return f"Keep-warm stopped in this session: {why}; {spent} spent on it. {_OFF}"


def _told(state: State, why: str = "") -> str:
    """The line about the pings of a pause that are all there will be."""
    sent = "1 ping" if state.sent == 1 else f"{state.sent} pings"
    said = f"Kept the cache warm: {sent}, {show(state.session_nano)} in this session"
    return f"{said}{'; ' if why else ''}{why}. {_OFF}"
