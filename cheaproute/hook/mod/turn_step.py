"""`turn.step`: a loop's model and effort, chosen at the first request of a turn and kept for it."""

from __future__ import annotations

from cheaproute.cap import state as states
from cheaproute.cap.answers import gate
from cheaproute.ledger import failures, meta
from cheaproute.ledger.calls import choices
from cheaproute.ledger.module import loops, said, seats
from cheaproute.routing import resolve
from cheaproute.routing.decision import OPEN
from cheaproute.usage.models import LOW, USUAL

# Less thinking saves a tenth of a cent there, and an agent that its steps take up to a better model
# would go on with it.
_KEEPS_EFFORT = "haiku"
_BY_HAND = "effort:"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """`model` and `effort` of this loop's requests for the turn; nothing: as it is."""
    if event.name == "ModFailed":
        return _failed(event, context, session)
    agent = event.text("agent_id")
    loop = loops.read(context.ledger, session, agent)
    if event.name == "ModAnswer" or loop.turn == event.text("turn_id"):
        # A further step, or the hand forgot: the same answer again, unless its steps say otherwise.
        own = loop.over == event.text("model")
        model, level = (loop.model, loop.effort) if own else ("", "")
        if _is_watched(model, event, context, session):
            return _watched(event, context, session, loop)
    else:
        loop.effort = ""
        _note_effort(event, context, session)
        found = (_of_agent if agent else _of_main)(event, context, session, loop)
        if not isinstance(found, str):
            return {"read": found}
        model, level = _settled(found, event, context, session, loop)
    chosen: Answer = {"effort": level} if level else {}
    if not model:
        return chosen
    chosen["model"] = _named(model, event.text("model"), context)
    watched = _is_watched(model, event, context, session)
    return {**chosen, "watch": True} if watched else chosen


def _is_watched(model: str, event: Event, context: Context, session: int) -> bool:
    """Whether the steps of this loop are looked at: a subagent that was sent down."""
    agent = event.text("agent_id")
    if not agent or not model:
        return False
    if model == "haiku":
        return True
    from cheaproute.ledger import agent_runs

    found = agent_runs.watched(context.ledger, session, agent)
    return found is not None and found[1] == "explored"


def _watched(event: Event, context: Context, session: int, loop: loops.Loop) -> Answer:
    """What a subagent that was sent down does next: as before, or up for good."""
    from cheaproute.hook.mod import evidence

    if evidence.goes_up(event, context, session, loop):
        loop.model = ""
        loops.chose(context.ledger, session, event.text("agent_id"), loop)
        return {"up": True}
    return {"model": _named(loop.model, event.text("model"), context), "watch": True}


def _settled(
    model: str, event: Event, context: Context, session: int, loop: loops.Loop
) -> tuple[str, str]:
    """The choice for the turn, noted: the model ("" where it failed lately), and the effort."""
    agent, own, turn = event.text("agent_id"), event.text("model"), event.text("turn_id")
    if model and failures.rests(context.ledger, model, context.now_ms):
        if not agent:
            choices.add_reason(context.ledger, session, turn, f"; {model} rests after a failure")
        model = ""
    if loop.effort:  # it is surely a lookup
        runs_on = _named(model, own, context) if model else own
        loop.effort = _effort(event, context, session, runs_on)
        said = f"; at {loop.effort} effort"
        if loop.effort and agent:
            from cheaproute.ledger import agent_runs

            agent_runs.add_reason(context.ledger, session, agent, said)
        elif loop.effort:
            choices.add_reason(context.ledger, session, turn, said)
    loop.turn, loop.over, loop.model = turn, own, model
    loops.chose(context.ledger, session, agent, loop)
    return model, loop.effort


def _named(alias: str, own: str, context: Context) -> str:
    """The id for `alias`, where ids look like the API's; clouds have their own.

    It is what the user's variables make of it, then the config: Claude Code 2.1.286 would send an
    alias as it is.
    """
    if not own.startswith("claude-"):
        return alias
    return resolve.model(alias, context.env, context.section("models"))


def _failed(event: Event, context: Context, session: int) -> Answer:
    """The chosen model's request failed, the loop goes on with its own: for a while so do all."""
    agent = event.text("agent_id")
    loop = loops.read(context.ledger, session, agent)
    absent = event.raw.get("status") == failures.ABSENT
    failures.rest(context.ledger, loop.model or event.text("model"), context.now_ms, absent=absent)
    loop.turn, loop.over = event.text("turn_id"), event.text("over")
    loop.model = loop.effort = ""
    loops.chose(context.ledger, session, agent, loop)
    if agent:
        from cheaproute.hook.mod import evidence

        evidence.failed(event, context, session)
    else:
        choices.add_reason(context.ledger, session, loop.turn, "; the chosen model failed")
    return {"note": True}


def _of_agent(event: Event, context: Context, session: int, loop: loops.Loop) -> str | Answer:
    """The model for a subagent, or a question to put first; for one that goes on, what it had."""
    from cheaproute.hook.event import text_in
    from cheaproute.ledger import agent_runs

    task, runs_on = event.table("task"), event.text("model")
    if loop.turn:  # woken again: it has a history on its model
        model = loop.model if loop.over == runs_on else ""
        sent_down = _is_watched(model, event, context, session)
        return "" if sent_down and _asks_for_more(event.text("prompt")) else model
    if not task or agent_runs.is_decided(context.ledger, text_in(task, "tool_use_id")):
        return ""  # unknown, or decided by the classic hook
    return _sent_out(event, context, session, task, loop)


def _sent_out(
    event: Event, context: Context, session: int, task: dict[str, object], loop: loops.Loop
) -> str | Answer:
    """The model for a subagent at its first request, or a question to put first."""
    from cheaproute.client.agents import pinned
    from cheaproute.hook.event import text_in
    from cheaproute.hook.events import subagent

    runs_on, agent = event.text("model"), event.text("agent_id")
    tool_use = text_in(task, "tool_use_id")
    alone = tool_use and task.get("shared") is not True
    agent_type = "fork" if task.get("fork") is True else text_in(task, "type")
    pin = pinned.pin(agent_type, event.cwd, context.env)
    asked = text_in(task, "model")
    if not asked and runs_on != text_in(task, "parent_model"):
        pin = runs_on  # whatever it was that chose it
    sent = subagent.Task(
        tool_use if alone else f"agent:{agent}",
        session,
        agent_type=agent_type,
        description=text_in(task, "description"),
        prompt=text_in(task, "prompt") or event.text("prompt"),
        asked=asked,
        pin=pin,
        current=runs_on,
        event=event,
        agent=agent,
    )
    cheap = _cheap(context, session)
    decision = subagent.by_text(sent, context)
    if decision.tier == OPEN and not cheap:
        from cheaproute.hook.mod import second_voice
        from cheaproute.routing import reader

        saves = subagent.could_save(sent, decision, context)
        matter = second_voice.Matter(sent.description, sent.prompt, saves, kind=agent_type)
        voice = second_voice.hear(event, context, session, matter) if saves else None
        if voice is not None and voice.question is not None:
            return voice.question
        if voice is not None:
            decision = reader.heard(decision, voice.answer)
    choice = subagent.choose(sent, context, cheap=cheap, decision=decision)
    loop.effort = LOW if choice.is_lookup else ""
    return choice.alias


def _cheap(context: Context, session: int) -> bool:
    """Whether the cap is reached and its action is to let all that may go to Haiku go there."""
    state = states.state(context.ledger, session, context.now_ms)
    return gate.decide(state, context.at_cap).action == "cheap"


def _asks_for_more(message: str) -> bool:
    """Whether what an agent is told now is not surely for Haiku, whatever it was told at first."""
    from cheaproute.routing.decide import decide

    return decide("", message).tier != "haiku"


def _of_main(event: Event, context: Context, session: int, loop: loops.Loop) -> str | Answer:
    from cheaproute.hook.mod import main_loop

    planned = event.raw.get("planned")
    if isinstance(planned, bool):
        said.note_plan_mode(context.ledger, session, planned=planned)
    return main_loop.choose(event, context, session, loop)


def _effort(event: Event, context: Context, session: int, model: str) -> str:
    """The effort for a turn on `model` that is surely a lookup; "" for the one it has."""
    wanted = context.section("routing").get("effort")
    if wanted not in ("auto", "try") or _KEEPS_EFFORT in model:
        return ""
    if _is_chosen_by_hand(event, context, session):
        return ""
    from cheaproute.ledger.query import efforts

    seen = context.attempt(
        "efforts", lambda: efforts.of(context.ledger, model, context.now_ms), None
    )
    if seen is None or seen.lose:
        return ""
    return LOW if seen.keep or wanted == "try" else ""


def _note_effort(event: Event, context: Context, session: int) -> None:
    """Keep that a person chose an effort in this session: it is theirs from then on."""
    told = "" if event.text("agent_id") else event.text("effort")
    if event.raw.get("by_hand") is True or told not in ("", USUAL):
        key = f"{_BY_HAND}{session}"
        if not meta.get(context.ledger, key):
            meta.put(context.ledger, key, "1")


def _is_chosen_by_hand(event: Event, context: Context, session: int) -> bool:
    """Whether the effort in force is a person's word, or may be."""
    from cheaproute.client import effort

    if event.text("effort") != USUAL or meta.get(context.ledger, f"{_BY_HAND}{session}"):
        return True
    if event.text("agent_id"):
        seat = seats.read(context.ledger, session)
        told = seat is not None and effort.tells_of_agents(seat.version)
        if not told or event.raw.get("own_effort") != "":
            return True
    return effort.is_chosen(context.env, event.cwd)
