"""Later evidence: a subagent sent down whose steps, or whose last word, ask for more goes up.

Each move is priced first: what the agent carries has to be written again for the other model, and
where that costs more than a fresh run there, it is left to the next try.
"""

from __future__ import annotations

from cheaproute.hook.event import text_in
from cheaproute.hook.events import subagent
from cheaproute.ledger import agent_runs, decisions
from cheaproute.routing import steps
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.ledger.module.loops import Loop

_ANSWERED = 200
_MOST = 2_000
_MOST_TOKENS = 10_000_000


def goes_up(event: Event, context: Context, session: int, loop: Loop) -> bool:
    """Whether the agent goes on with its own model from here on; that it does is noted."""
    agent = event.text("agent_id")
    found = agent_runs.watched(context.ledger, session, agent)
    if found is None:
        return False  # sent to Haiku by a rule of the user's, or by a cap
    category, action = found
    tokens = _tokens(event)
    if event.name == "ModAnswer":
        why = steps.unanswered(event.text("text"))
    else:
        why = steps.trouble(category, _uses(event), tokens, may_edit=action == "explored")
    if not why or not _pays(tokens[-1] if tokens else loop.prompt_tokens, loop.over, context):
        return False
    _note(event, context, session, why)
    decisions.add_voice(context.ledger, session, agent, why)
    return True


def failed(event: Event, context: Context, session: int) -> None:
    """Note why the agent goes on with its own model: its request came to nothing.

    What was answered (200) and holds no content, the client tells as it tells a failure.
    """
    status = event.raw.get("status")
    if status == _ANSWERED:
        why = steps.unanswered("")
        decisions.add_voice(context.ledger, session, event.text("agent_id"), why)
    else:
        why = f"its request failed ({status})" if type(status) is int and status else "it failed"
    _note(event, context, session, why)


def _note(event: Event, context: Context, session: int, why: str) -> None:
    index = event.raw.get("index")
    at = f" at step {index + 1}" if type(index) is int else ""
    agent = event.text("agent_id")
    agent_runs.add_reason(context.ledger, session, agent, f" · went up{at}: {why}")


def _pays(tokens: int, own: str, context: Context) -> bool:
    """Whether going on costs no more than a usual run from the start, both on the own model."""
    call = Call("", context.now_ms, own)
    call.write_5m = tokens
    move, anew = cost_nano(call, context.prices), subagent.usual_nano(own, context)
    return move is not None and anew is not None and move <= anew


def _uses(event: Event) -> list[steps.Use]:
    told = event.raw.get("uses")
    return [
        steps.Use(
            text_in(one, "name"),
            text_in(one, "key"),
            failed=one.get("failed") is True,
            error=text_in(one, "error"),
        )
        for one in (told[-_MOST:] if isinstance(told, list) else [])
        if isinstance(one, dict)
    ]


def _tokens(event: Event) -> list[int]:
    told = event.raw.get("tokens")
    counts = told[-_MOST:] if isinstance(told, list) else []
    return [one for one in counts if type(one) is int and 0 <= one <= _MOST_TOKENS]
