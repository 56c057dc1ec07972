"""The main loop's model for a turn: never above the session's, and a switch only where it pays."""

from __future__ import annotations

from cheaproute.hook.mod import estimate
from cheaproute.routing import policy
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.ledger.loops import Loop

    class Judged(Protocol):
        """What the classifier says of a prompt."""

        tier: str
        struggle: bool


# Requests that a turn makes, where this session has not shown it yet.
REQUESTS = 6
# So many prompts in a row that say "that did not work" take the loop back to its own model.
STRUGGLE = 2
LEAST = "sonnet"


def classifier() -> object | None:
    """The room's judge of main-loop prompts; None while there is none."""
    try:
        return __import__("cheaproute.routing.turns", fromlist=["decide_turn"])
    except ImportError:
        return None


def choose(event: Event, context: Context, loop: Loop) -> str:
    """The alias to run this turn on, "" for the session's own model; notes base and trouble."""
    judge = classifier()
    runs_on, session_model = event.text("model"), event.text("session_model")
    if judge is None:
        return ""
    loop.base = loop.base or session_model
    if session_model != loop.base or runs_on != session_model:
        return ""  # `/model` by hand, or a skill's, or a fallback: the user's word
    keep = context.section("routing").get("main_keep")
    if isinstance(keep, list) and any(str(one) in session_model for one in keep):
        return ""
    before = loop.model or (policy.FAMILIES[policy.rank(session_model) or 0] if loop.turn else "")
    state = judge.TurnState(before, loop.trouble)  # type: ignore[attr-defined]
    judged = judge.decide_turn(event.text("prompt"), "", state)  # type: ignore[attr-defined]
    loop.trouble = loop.trouble + 1 if judged.struggle else 0
    if loop.trouble >= STRUGGLE or policy.rank(judged.tier) is None:
        return ""
    # A main loop carries the whole conversation: never below Sonnet, whatever one prompt needs.
    tier = LEAST if judged.tier == "haiku" else judged.tier
    own, wanted = policy.rank(session_model), policy.rank(tier)
    if own is None or wanted is None or wanted >= own:
        return ""
    return tier if _pays(tier, session_model, loop, context) else ""


def _pays(alias: str, own: str, loop: Loop, context: Context) -> bool:
    """Whether a turn on `alias` is cheaper than on `own`, with the switch there and back."""
    model = str(context.section("models").get(alias, alias))
    there = loop.warm(model, context.now_ms)
    here = loop.warm(own, context.now_ms)
    if not loop.prompt_tokens or there or not here:
        return True  # nothing is cached that a switch would leave behind
    output = loop.output_tokens or estimate.OUTPUT_TOKENS
    stay = _turn(own, loop.prompt_tokens, output, context, cold=False)
    go = _turn(model, loop.prompt_tokens, output, context, cold=True)
    back = _request(own, context, write=REQUESTS * output)  # what it has to read up afterwards
    return None not in (stay, go, back) and (go or 0) + (back or 0) < (stay or 0)


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
