"""`session.compact`: after a pause, at a size: leave it to the client, skip, ask, or hand over.

`decide` is pure: what is known comes in, time as a number; nothing in it reads a clock or a file.
"""

from __future__ import annotations

from cheaproute.client.transcript import layout
from cheaproute.config import reader
from cheaproute.hook.event import Event
from cheaproute.hook.pauses import last_answer, set_aside
from cheaproute.hook.pauses.wishes import FULL, Wishes
from cheaproute.money import show
from cheaproute.usage import purposes
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.pauses.last_answer import Last

# Option 1 takes a stray Enter: it is the one that changes nothing.
GO_ON, HAND_OVER = "Go on as it is", "Start from a hand-over"
_SUMMARY, _KEPT = 4_000, 40_000
# Of the running turn so much may stay beside the hand-over. Characters.
_TAIL = 120_000
_SCAN_S = 4.0


class Costs:
    """Nano-dollars: going on with the whole context, and with a hand-over; the latter's own."""

    __slots__ = ("go_on", "haiku", "hand_over", "main")

    def __init__(self, go_on: int, hand_over: int, haiku: int, main: int) -> None:
        self.go_on = go_on
        self.hand_over = hand_over
        self.haiku = haiku  # Haiku writes the summary
        self.main = main  # the main model writes it, from its cache or without


def decide(
    wishes: Wishes,
    last: Last,
    tokens: int,
    trigger: str,
    costs: Costs,
    now_ms: int,
    *,
    asks: bool,
    begins: bool = False,
) -> Answer:
    """The first answer to a compaction that is about to happen.

    `tokens` is the context, `asks` whether there is somebody to ask, `begins` whether unrelated
    work begins with the prompt that waits. `write` in the answer: a hand-over is wanted.
    """
    ends = begins and trigger == "auto" and bool(wishes.task) and tokens > wishes.task
    over = ends or (bool(wishes.window) and tokens > wishes.window)
    full = tokens >= FULL
    cold = last.cold(now_ms)
    if trigger == "auto" and cold and wishes.cold != "off" and tokens > wishes.cold_tokens:
        if wishes.cold == "always":
            return {"write": True}
        if asks:
            return _question(last, tokens, costs, now_ms)
    if trigger != "auto" or over or full:
        haiku = wishes.author == "haiku" or (
            wishes.author == "cheaper" and costs.haiku < costs.main
        )
        if haiku:
            return {"write": True}
        return {"leave": True, "line": _ended(tokens)} if ends else {"leave": True}
    if not (wishes.window or wishes.task) and wishes.cold == "off":
        return {"leave": True}
    where = f"{wishes.window:,}" if wishes.window else f"{FULL:,}"
    return {"skip": f"{tokens:,} tokens: compacted past {where}, as planned"}


def _unrelated(event: Event) -> bool:
    """Whether the prompt that waits begins work that has nothing to do with the last answer.

    Where that answer is not known, it does not.
    """
    from cheaproute.routing import turns

    before = event.text("before")
    if not before:  # a session that was resumed
        from cheaproute.client.transcript import activity, conversation

        said = conversation.read(event.transcript, event.prompt).said
        last = next((text for who, text in reversed(said) if who == "assistant"), "")
        before = last[-activity.SAID_CHARS :]
    return bool(before) and turns.decide_turn(event.prompt, before).newtask


def _ended(tokens: int) -> str:
    return (
        f"Unrelated work begins, so the {tokens:,} tokens before it are compacted first;"
        " `cheaproute config set plan.task_tokens 0` turns this off."
    )


def chosen(wishes: Wishes, tokens: int, label: str) -> Answer:
    """The answer to what the user chose; anything but the hand-over's own label goes on."""
    if label == HAND_OVER:
        return {"write": True}
    if tokens >= FULL or (wishes.window and tokens > wishes.window):
        return {"leave": True}
    return {"skip": "you go on with the whole context"}


def answer(event: Event, context: Context, session: int) -> Answer:
    """What the module is to do with a compaction, at each stage of it."""
    if not event.transcript:  # before 2.1.330 the client does not say where it is
        found_at = layout.find(context.transcripts(), event.session)
        event = Event(event.raw | {"transcript_path": found_at})
    wishes = Wishes(context.settings)
    told = event.raw.get("context_tokens")
    tokens = told if type(told) is int else 0
    stage = event.text("stage")
    if stage == "written":
        return _written(event, context, session, wishes, tokens)
    last = last_answer.read(context.db, session)
    costs = _costs(context, last, event.text("model") or last.model, tokens)
    if stage == "asked":
        found = chosen(wishes, tokens, event.text("answer"))
    else:
        asks = event.raw.get("interactive") is True
        begins = bool(wishes.task) and event.raw.get("begins") is True and _unrelated(event)
        found = decide(
            wishes,
            last,
            tokens,
            event.text("trigger"),
            costs,
            context.now_ms,
            asks=asks,
            begins=begins,
        )
    if "write" not in found:
        return found
    tail = event.raw.get("tail_chars")
    if type(tail) is int and tail > _TAIL:
        return _without(wishes, tokens, "what this turn did is too long to keep beside a hand-over")
    from cheaproute.client.transcript import conversation
    from cheaproute.delegate import handover
    from cheaproute.delegate.secrets import scan

    said = conversation.read(event.transcript, event.prompt)
    if not said.said:
        return _without(wishes, tokens, "the transcript cannot be read")
    prompt = handover.question(said)
    secret = scan.find_bare(prompt, _SCAN_S)
    if secret:
        return _without(
            wishes, tokens, f"no hand-over, for what the conversation may hold: {secret}"
        )
    likely = _likely(event, context, tokens)
    if not set_aside.leave(context, session, likely, costs.haiku):
        return _without(wishes, tokens, "no hand-over: the cap leaves nothing for it")
    return {
        "write": {
            "model": reader.text(context.settings, "models.haiku"),
            "prompt": prompt,
            "max_tokens": handover.MAX_TOKENS,
            "timeout_ms": 120_000,
        }
    }


def _written(event: Event, context: Context, session: int, wishes: Wishes, tokens: int) -> Answer:
    """Check what Haiku wrote; only what passes replaces anything."""
    from cheaproute.client.transcript import conversation
    from cheaproute.delegate import handover

    last = last_answer.read(context.db, session)
    costs = _costs(context, last, event.text("model") or last.model, tokens)
    likely, name = _likely(event, context, tokens), _name(event, context)
    _, nano = set_aside.settle(context, session, event.raw, likely, name)
    costs.hand_over += nano - costs.haiku  # what it did cost
    said = conversation.read(event.transcript, event.prompt)
    text = event.text("text")
    why = handover.problem(text, said, event.cwd) if text else "Haiku did not answer"
    if why:
        return _without(wishes, tokens, f"no hand-over: {why}")
    line = (
        f"Went on from a hand-over by Haiku ({tokens:,} tokens before): about"
        f" {show(costs.hand_over)} instead of {show(costs.go_on)}. The whole is in"
        f" {event.transcript}; `cheaproute plan undo` turns this off."
    )
    return {"handover": handover.wrapped(text, event.transcript), "line": line}


def _name(event: Event, context: Context) -> str:
    """What the ids of this client's hand-overs begin with."""
    return f"hand-over:{event.session}:{context.client_pid}:"


def _likely(event: Event, context: Context, tokens: int) -> Call:
    """The call that writes a hand-over now, as it is thought to be."""
    id_ = f"{_name(event, context)}{context.now_ms}"
    haiku, what_for = reader.text(context.settings, "models.haiku"), purposes.HAND_OVER
    return Call(id_, context.now_ms, haiku, input=tokens, output=_SUMMARY, purpose=what_for)


def _without(wishes: Wishes, tokens: int, why: str) -> Answer:
    """No hand-over: past the window the client's own compaction runs, else nothing does."""
    if tokens >= FULL or (wishes.window and tokens > wishes.window):
        return {"leave": True}
    return {"skip": why}


def _question(last: Last, tokens: int, costs: Costs, now_ms: int) -> Answer:
    away = (now_ms - last.at_ms) // 60_000
    ago = f"{away // 60} h" if away >= 120 else f"{away} min"
    return {
        "question": (
            f"Away for {ago}: the cache is gone, and going on sends {tokens:,} tokens again (about"
            f" {show(costs.go_on)}). Start from a hand-over by Haiku instead (about"
            f" {show(costs.hand_over)})?"
        ),
        "header": "Cold return",
        "options": [GO_ON, HAND_OVER],
    }


def _costs(context: Context, last: Last, model: str, tokens: int) -> Costs:
    """What the ways cost at today's prices; 0 where a price is unknown."""
    haiku = reader.text(context.settings, "models.haiku")

    def nano(of: str, **counts: int) -> int:
        call = Call("", context.now_ms, of)
        for name, count in counts.items():
            setattr(call, name, count)
        return cost_nano(call, context.prices) or 0

    write = "write_1h" if last.ttl_ms > 300_000 else "write_5m"
    summary = nano(haiku, input=tokens, output=_SUMMARY)
    cold = last.cold(context.now_ms)
    whole = nano(model, **({write: tokens} if cold else {"read": tokens}))
    return Costs(
        go_on=whole,
        hand_over=summary + nano(model, **{write: _KEPT}),
        haiku=summary,
        main=whole + nano(model, output=_SUMMARY),
    )
