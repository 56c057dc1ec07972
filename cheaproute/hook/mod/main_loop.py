"""The main loop's model for a turn: never above the session's, and a switch only where it pays."""

from __future__ import annotations

from itertools import pairwise

from cheaproute.hook.event import Event
from cheaproute.hook.mod import estimate, standing
from cheaproute.ledger import failures
from cheaproute.ledger.calls import choices
from cheaproute.ledger.module import left, loops, said
from cheaproute.routing import policy, resolve
from cheaproute.usage.call import Call
from cheaproute.usage.models import LOW
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.ledger.module.loops import Loop
    from cheaproute.routing.turns import TurnDecision


# Requests that a turn makes, where this session has not shown it yet.
REQUESTS = 6
# So many prompts in a row that say "that did not work" take the loop back to its own model.
STRUGGLE = 2
LEAST = "sonnet"
_CHOSEN = "chosen by hand or by a skill"  # or it is a fallback
# Before a model's name these ask for it; said of something else they cost no more than to stay.
_ASKS = frozenset(("use", "using", "with", "on", "to", "by", "let", "ask", "take", "want", "need"))
_MARKS, _MOST_TEXT = "\"'`.,:;!?()*", 20_000
# What an answer says of how a turn is to run.
_CHOICE = ("model", "effort", "read", "watch")


def classifier() -> ModuleType | None:
    """The room's judge of main-loop prompts; None while there is none."""
    try:
        found: ModuleType = __import__("cheaproute.routing.turns", fromlist=["decide_turn"])
    except ImportError:
        return None
    return found


def choose(event: Event, context: Context, session: int, loop: Loop) -> str | Answer:
    """The alias to run this turn on, "" for the session's own model; notes base, trouble, effort.

    Where the prompt is open: a question to put first. Why it is so is noted for the turn.
    """
    judge = classifier()
    if judge is None or not standing.routes_main(context):
        return ""  # asked for its own model alone
    event = _of_the_user(event, context, session)
    session_model = event.text("session_model")
    loop.base = loop.base or session_model
    judged: TurnDecision | None = None
    found: str | Answer = ""
    why = _word(event, context, session, loop)
    if not why and event.wakes and loop.turn:  # nobody asks for anything new
        found, why = loop.model, "goes on as before: what ran in the background has ended"
    elif not why:
        judged = _judged(judge, event, context, session, loop)
        found, why = _chosen(event, context, session, loop, judged)
        if not isinstance(found, str):
            return found
    if (policy.rank(session_model) or 0) > policy.FAMILIES.index(LEAST):  # else there is no choice
        turn, db, now_ms = event.text("turn_id"), context.ledger, context.now_ms
        over = event.text("model") if why == _CHOSEN else session_model
        context.attempt(
            "turn_choice",
            lambda: choices.decide(db, session, turn, now_ms, over, why, judged),
            None,
        )
    return found


def _word(event: Event, context: Context, session: int, loop: Loop) -> str:
    """By whose word the turn stays on its model, whatever the prompt needs; "" by nobody's."""
    runs_on, session_model = event.text("model"), event.text("session_model")
    if said.main_is_left(context.ledger, session):
        return "`cheaproute routing off` in this session"
    if session_model != loop.base or runs_on != session_model:
        return _CHOSEN
    keep = context.section("routing").get("main_keep")
    if isinstance(keep, list) and any(str(one) in session_model for one in keep):
        return "`routing.main_keep` has it"
    if _asked_for(event.text("prompt"), session_model):
        return "the prompt asks for it"
    if said.in_plan_mode(context.ledger, session):
        return "plan mode"  # what is thought out there is the work
    return ""


def _judged(
    judge: ModuleType, event: Event, context: Context, session: int, loop: Loop
) -> TurnDecision:
    """What the prompt needs, as its text tells; that the turn before did not work is noted."""
    session_model = event.text("session_model")
    before = loop.model or (policy.FAMILIES[policy.rank(session_model) or 0] if loop.turn else "")
    state = judge.TurnState(before, loop.trouble)
    judged: TurnDecision = judge.decide_turn(event.text("prompt"), event.text("before"), state)
    loop.trouble = loop.trouble + 1 if judged.struggle else 0
    if judged.struggle and loop.turn:
        choices.troubled(context.ledger, session, loop.turn)
    return judged


def _chosen(
    event: Event, context: Context, session: int, loop: Loop, judged: TurnDecision
) -> tuple[str | Answer, str]:
    """The alias, "" or a question to put first, and why."""
    session_model = event.text("session_model")
    if loop.trouble >= STRUGGLE or policy.rank(judged.tier) is None:
        return "", judged.reason
    if judged.tier == "haiku" and not (judged.struggle or judged.is_open):
        loop.effort = LOW  # surely a lookup
    # A main loop carries the whole conversation: never below Sonnet, whatever one prompt needs.
    tier = LEAST if judged.tier == "haiku" else judged.tier
    own, wanted = policy.rank(session_model), policy.rank(tier)
    if own is None or wanted is None or wanted >= own:
        return "", judged.reason
    saves = _saves(tier, session_model, session, loop, context)
    if saves <= 0:
        return "", f"{judged.reason}; a switch is not seen to pay"
    if judged.is_open:
        return _second(event, context, session, saves, judged.reason)
    return tier, judged.reason


def _asked_for(prompt: str, own: str) -> bool:
    """Whether the prompt asks for the session's own model or a better one ("use opus").

    Only that way: a cheaper one that is named may be what the work is about.
    """
    least, words = policy.rank(own), prompt[:_MOST_TEXT].lower().split()
    for word, name in pairwise(words):
        found = policy.rank(name) if word.strip(_MARKS) in _ASKS else None
        if found is not None and least is not None and found >= least:
            return True
    return False


def _second(
    event: Event, context: Context, session: int, saves: int, why: str
) -> tuple[str | Answer, str]:
    """What Haiku says of a prompt that may be a hard one: anything but a clear word keeps it."""
    from cheaproute.hook.mod import second_voice

    matter = second_voice.Matter("", event.text("prompt"), saves, before=event.text("before"))
    voice = second_voice.hear(event, context, session, matter)
    if voice is None:
        return "", why
    if voice.question is not None:
        return voice.question, why
    found = voice.answer
    heard = f"{found.tier} ({found.kind})" if found else "no answer"
    return LEAST if found and found.tier != "opus" else "", f"{why} · Haiku: {heard}"


def _saves(alias: str, own: str, session: int, loop: Loop, context: Context) -> int:
    """What a turn on `alias` saves against `own`, nano-dollars, with the switch there and back."""
    model = resolve.model(alias, context.env, context.section("models"))
    prompt = loop.prompt_tokens or estimate.FIRST_TOKENS
    here, there = (_kept(one, session, loop, context) for one in (own, model))
    output = loop.output_tokens or estimate.OUTPUT_TOKENS
    stay = _turn(own, prompt, output, here, context)
    go = _turn(model, prompt, output, there, context)
    back = _request(own, context, write=REQUESTS * output) if here else 0  # to read up afterwards
    if stay is None or go is None or back is None:
        # Unknown prices: where nothing is cached that a switch would leave behind, families tell,
        # but not of a model that the user's variables put in the family's place.
        mapped = model != str(context.section("models").get(alias, alias))
        return 0 if mapped or (here and not there) else 1
    return stay - go - back


def _kept(model: str, session: int, loop: Loop, context: Context) -> int:
    """The tokens of the main loop that `model` has in its cache now."""
    kept = left.by(context.ledger, session, "", loop, model, context.now_ms)
    return kept.prompt_tokens if kept.warm(model, context.now_ms) else 0


def _turn(model: str, prompt: int, output: int, kept: int, context: Context) -> int | None:
    """A turn of REQUESTS requests whose context begins at `prompt` tokens, each adding `output`.

    The first of them reads what is `kept` of it.
    """
    total, kept = 0, min(kept, prompt)
    for number in range(REQUESTS):
        written = prompt - kept + (output if kept else 0) if number == 0 else output
        read = kept if number == 0 else prompt + number * output
        cost = _request(model, context, write=written, read=read, output=output)
        if cost is None:
            return None
        total += cost
    return total


def _request(
    model: str, context: Context, *, write: int, read: int = 0, output: int = 0
) -> int | None:
    call = Call("", context.now_ms, model)
    call.write_5m, call.read, call.output = write, read, output
    return cost_nano(call, context.prices)


def _of_the_user(event: Event, context: Context, session: int) -> Event:
    """`event` by the session's own model, where its client took another up again."""
    told = event.text("session_model")
    own = loops.own(context.ledger, session, told)
    if not own:
        return event
    runs_on = own if event.text("model") == told else event.text("model")
    return Event({**event.raw, "session_model": own, "model": runs_on})


def on_its_own(answer: Answer, event: Event, context: Context, session: int) -> Answer:
    """`answer` with the session's own model, where its client took another up again."""
    told, db = event.text("session_model"), context.ledger
    own = loops.own(db, session, told)
    if not own or event.text("model") != told or answer.keys() & {"model", "read"}:
        return answer
    if failures.rests(db, own, context.now_ms):
        return answer
    found = {**answer, "model": own}
    if loops.is_news(db, session):
        found["line"] = f"this session goes on with {own}: {told} ran its last turn alone"
    return found


def advised(answer: Answer, context: Context, session: int) -> Answer:
    """What is said in place of `answer` where `routing.main` is "advise": a line, and no model.

    Nothing is asked of a model for it, for the user wants no more than a word.
    """
    if context.section("routing").get("main") != "advise":
        return answer
    model = answer.get("model")
    kept = {name: value for name, value in answer.items() if name not in _CHOICE}
    if not isinstance(model, str):
        return kept
    loop = loops.read(context.ledger, session, "")
    loop.model = loop.effort = ""  # what it runs on is its own
    loops.chose(context.ledger, session, "", loop)
    return {**kept, "line": f'{model} would do for this turn; routing.main = "auto" goes there'}
