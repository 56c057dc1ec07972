"""The main loop's model for a turn: never above the session's, and a switch only where it pays."""

from __future__ import annotations

from itertools import pairwise

from cheaproute.hook.mod import estimate
from cheaproute.ledger import loops
from cheaproute.routing import policy, resolve
from cheaproute.usage.call import Call
from cheaproute.usage.models import LOW
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.ledger.loops import Loop

    class Judged(Protocol):
        """What the classifier says of a prompt."""

        tier: str
        struggle: bool
        is_open: bool


# Requests that a turn makes, where this session has not shown it yet.
REQUESTS = 6
# So many prompts in a row that say "that did not work" take the loop back to its own model.
STRUGGLE = 2
LEAST = "sonnet"
# Before a model's name these ask for it; said of something else they cost no more than to stay.
_ASKS = frozenset(("use", "using", "with", "on", "to", "by", "let", "ask", "take", "want", "need"))
_MARKS, _MOST_TEXT = "\"'`.,:;!?()*", 20_000
# What an answer says of how a turn is to run.
_CHOICE = ("model", "effort", "read", "watch")


def classifier() -> object | None:
    """The room's judge of main-loop prompts; None while there is none."""
    try:
        return __import__("cheaproute.routing.turns", fromlist=["decide_turn"])
    except ImportError:
        return None


def choose(event: Event, context: Context, session: int, loop: Loop) -> str | Answer:
    """The alias to run this turn on, "" for the session's own model; notes base, trouble, effort.

    Where the prompt is open: a question to put first.
    """
    judge = classifier()
    runs_on, session_model = event.text("model"), event.text("session_model")
    if judge is None:
        return ""
    loop.base = loop.base or session_model
    if loops.main_is_left(context.ledger, session):
        return ""  # by a word of this session
    if session_model != loop.base or runs_on != session_model:
        return ""  # `/model` by hand, or a skill's, or a fallback: the user's word
    keep = context.section("routing").get("main_keep")
    if isinstance(keep, list) and any(str(one) in session_model for one in keep):
        return ""
    if _asked_for(event.text("prompt"), session_model):
        return ""  # the user's word, too
    if loops.in_plan_mode(context.ledger, session):
        return ""  # what is thought out there is the work
    before = loop.model or (policy.FAMILIES[policy.rank(session_model) or 0] if loop.turn else "")
    prompt, said = event.text("prompt"), event.text("before")
    state = judge.TurnState(before, loop.trouble)  # type: ignore[attr-defined]
    judged = judge.decide_turn(prompt, said, state)  # type: ignore[attr-defined]
    loop.trouble = loop.trouble + 1 if judged.struggle else 0
    if loop.trouble >= STRUGGLE or policy.rank(judged.tier) is None:
        return ""
    if judged.tier == "haiku" and not (judged.struggle or judged.is_open):
        loop.effort = LOW  # surely a lookup
    # A main loop carries the whole conversation: never below Sonnet, whatever one prompt needs.
    tier = LEAST if judged.tier == "haiku" else judged.tier
    own, wanted = policy.rank(session_model), policy.rank(tier)
    if own is None or wanted is None or wanted >= own:
        return ""
    saves = _saves(tier, session_model, loop, context)
    if saves <= 0:
        return ""
    return _second(event, context, session, saves) if judged.is_open else tier


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


def _second(event: Event, context: Context, session: int, saves: int) -> str | Answer:
    """What Haiku says of a prompt that may be a hard one: anything but a clear word keeps it."""
    from cheaproute.hook.mod import second_voice

    matter = second_voice.Matter("", event.text("prompt"), saves, before=event.text("before"))
    voice = second_voice.hear(event, context, session, matter)
    if voice is not None and voice.question is not None:
        return voice.question
    said = voice.answer if voice is not None else None
    return LEAST if said is not None and said.tier != "opus" else ""


def _saves(alias: str, own: str, loop: Loop, context: Context) -> int:
    """What a turn on `alias` saves against `own`, nano-dollars, with the switch there and back."""
    model = resolve.model(alias, context.env, context.section("models"))
    prompt = loop.prompt_tokens or estimate.FIRST_TOKENS
    there = loop.warm(model, context.now_ms)
    here = loop.warm(own, context.now_ms)
    output = loop.output_tokens or estimate.OUTPUT_TOKENS
    stay = _turn(own, prompt, output, context, cold=not here)
    go = _turn(model, prompt, output, context, cold=not there)
    back = _request(own, context, write=REQUESTS * output) if here else 0  # to read up afterwards
    if stay is None or go is None or back is None:
        # Unknown prices: where nothing is cached that a switch would leave behind, families tell,
        # but not of a model that the user's variables put in the family's place.
        mapped = model != str(context.section("models").get(alias, alias))
        return 0 if mapped or (here and not there) else 1
    return stay - go - back


def _turn(model: str, prompt: int, output: int, context: Context, *, cold: bool) -> int | None:
    """A turn of REQUESTS requests whose context begins at `prompt` tokens, each adding `output`."""
    total = 0
    for number in range(REQUESTS):
        written = prompt if cold and number == 0 else output
        read = 0 if cold and number == 0 else prompt + number * output
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
