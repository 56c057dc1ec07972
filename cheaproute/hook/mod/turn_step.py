"""`turn.step`: the model of a loop's requests, chosen at the first of a turn and kept for it."""

from __future__ import annotations

from cheaproute.hook.mod import http_fetch
from cheaproute.ledger import failures, loops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """`model` to send this loop's requests to for the turn, nothing to leave it as it is."""
    if event.name == "ModFailed":
        return _failed(event, context, session)
    agent = event.text("agent_id")
    loop = loops.read(context.ledger, session, agent)
    if loop.turn == event.text("turn_id"):  # the hand forgot: it gets the same answer again
        model = loop.model if loop.over == event.text("model") else ""
    elif agent:
        model = _of_agent(event, context, session, loop)
    else:
        model = _of_main(event, context, session, loop)
    return {"model": _named(model, event.text("model"), context)} if model else {}


def _named(alias: str, own: str, context: Context) -> str:
    """The id for `alias`, where ids look like the API's; clouds have their own.

    Claude Code 2.1.286 would send an alias as it is.
    """
    return str(context.section("models").get(alias, alias)) if own.startswith("claude-") else alias


def _failed(event: Event, context: Context, session: int) -> Answer:
    """The chosen model's request failed, the loop goes on with its own: for a while so do all."""
    agent = event.text("agent_id")
    loop = loops.read(context.ledger, session, agent)
    failures.rest(context.ledger, loop.model or event.text("model"), context.now_ms)
    loop.turn, loop.model, loop.over = event.text("turn_id"), "", event.text("over")
    loops.chose(context.ledger, session, agent, loop)
    return {"note": True}


def _of_agent(event: Event, context: Context, session: int, loop: loops.Loop) -> str:
    """The model for a subagent; for one that goes on, the model it had."""
    from cheaproute.client import agents
    from cheaproute.hook.event import text_in
    from cheaproute.hook.events import subagent
    from cheaproute.ledger import agent_runs

    task, runs_on = event.table("task"), event.text("model")
    if loop.turn:  # woken again: it has a history on its model
        model = loop.model if loop.over == runs_on else ""
        if model == "haiku" and _asks_for_more(event.text("prompt")):
            model = ""
    elif not task or agent_runs.is_noted(context.ledger, text_in(task, "tool_use_id")):
        model = ""  # unknown, or decided by the classic hook
    else:
        tool_use, agent = text_in(task, "tool_use_id"), event.text("agent_id")
        alone = tool_use and task.get("shared") is not True
        agent_type = "fork" if task.get("fork") is True else text_in(task, "type")
        pin = agents.pin(agent_type, event.cwd, context.env)
        asked = text_in(task, "model")
        if not asked and runs_on != text_in(task, "parent_model"):
            pin = runs_on  # whatever it was that chose it
        choice = subagent.choose(
            subagent.Task(
                tool_use if alone else f"agent:{agent}",
                session,
                agent_type=agent_type,
                description=text_in(task, "description"),
                prompt=text_in(task, "prompt") or event.text("prompt"),
                asked=asked,
                pin=pin,
                current=runs_on,
                agent=agent,
            ),
            context,
            cheap=http_fetch.cheap(context, session),
        )
        model = choice.alias
    if model and failures.rests(context.ledger, model, context.now_ms):
        model = ""
    loop.turn, loop.over, loop.model = event.text("turn_id"), runs_on, model
    loops.chose(context.ledger, session, event.text("agent_id"), loop)
    return model


def _asks_for_more(message: str) -> bool:
    """Whether what an agent is told now is not surely for Haiku, whatever it was told at first."""
    from cheaproute.routing.decide import decide

    return decide("", message).tier != "haiku"


def _of_main(event: Event, context: Context, session: int, loop: loops.Loop) -> str:
    from cheaproute.hook.mod import main_loop

    model = main_loop.choose(event, context, loop)
    if model and failures.rests(context.ledger, model, context.now_ms):
        model = ""
    loop.turn, loop.over, loop.model = event.text("turn_id"), event.text("model"), model
    loops.chose(context.ledger, session, "", loop)
    return model
