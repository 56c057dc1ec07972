"""PreToolUse on Agent: the cap's gate, then the cheapest model that does the job, or silence."""

from __future__ import annotations

from cheaproute.client import tools
from cheaproute.hook import answer, gate
from cheaproute.hook.event import text_in
from cheaproute.ledger import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.hook.events.subagent import Task


def handle(event: Event, context: Context) -> Answer | None:
    """Deny past the cap; else reroute, or nothing."""
    tool = event.text("tool_name")
    if tool and tool not in tools.PAID_TOOLS:
        return None
    verdict = gate.check(event, context)
    if verdict.state.allowed:
        from cheaproute.hook.turn_end import another_turn  # seldom

        verdict = another_turn.judged(event, context, verdict)
    if tool in tools.HELPED and verdict.state.binding is not None and not verdict.blocks:
        verdict = _helped(event, context, tools.HELPED[tool])
    if verdict.blocks:
        return answer.deny(verdict.message)
    if event.agent:
        from cheaproute.hook import runaway  # seldom

        why = context.attempt("alarm", lambda: runaway.alarm(event, context, verdict), "")
        if why:
            return answer.deny(why)
    if tool not in (*tools.DISPATCHES, "SendMessage"):
        return None
    db = context.ledger
    session = context.attempt("session", lambda: intern.session_id(db, event.session), 0)
    ours = _agent_type(event.tool_input) != "fork"
    seat = context.seat(event.session)
    if ours and seat:
        return None  # the module chooses at the first request, where the real model is known
    if not seat and tool != "SendMessage" and verdict.state.binding is not None:
        why = context.attempt("burst", lambda: _no_room(event, context, verdict), "")
        if why:
            return answer.instead(why)
    from cheaproute.hook.events import subagent  # not where a module chooses

    if tool == "SendMessage":
        given = event.tool_input
        why = context.attempt("woken", lambda: subagent.woken(given, context, session), "")
        return answer.instead(why) if why else None
    choice = subagent.choose(_task(event, context, session), context, cheap=verdict.cheap)
    return answer.reroute(event.tool_input, choice.alias) if choice.alias else None


def _helped(event: Event, context: Context, purpose: str) -> Verdict:
    """The verdict on a helper's call that nothing will tell of, with those begun beside it."""
    from cheaproute.hook import unheard  # not where a module tells

    own = unheard.take(event, context, purpose)
    context.unseen -= own  # by itself it is not past the cap yet
    verdict = gate.judged(event.session, context)
    context.unseen += own
    if verdict.blocks:
        from cheaproute.cap import expected

        give, db = expected.give_hidden, context.ledger
        context.attempt("hidden", lambda: give(db, event.session, -own, context.now_ms), None)
    return verdict


def _no_room(event: Event, context: Context, verdict: Verdict) -> str:
    """Why this subagent has to wait for those sent out beside it; "" if there is room for it."""
    from cheaproute.cap import burst

    db, state = context.ledger, verdict.state
    nano, tight = burst.tight(db, state)
    if not tight:
        return ""
    from cheaproute.cap.answers import gate as caps
    from cheaproute.cap.answers import messages

    at_cap = caps.at_cap(context.section("cap").get("at_cap"), subscription=context.plan_pays)
    short = at_cap == "block" and burst.refused(
        db, state, nano, tight, tool_use=event.tool_use, pid=context.client_pid
    )
    return messages.one_by_one(short) if short else ""


def _task(event: Event, context: Context, session: int) -> Task:
    """The call's own words, the agent's pin, and what it would run on."""
    from cheaproute.client.agents import pinned
    from cheaproute.hook.events.subagent import Task

    tool_input = event.tool_input
    agent_type = _agent_type(tool_input)
    asked = text_in(tool_input, "model")
    pin = pinned.pin(agent_type, event.cwd, context.env)
    current = asked or pin or pinned.default_model(context.env)
    return Task(
        event.tool_use,
        session,
        agent_type=agent_type,
        description=text_in(tool_input, "description"),
        prompt=text_in(tool_input, "prompt"),
        asked=asked,
        # The user's own default for subagents is a pin like any other.
        pin=current if current and not asked and not pin else pin,
        current=current or _parent(event, context),
        event=event,
    )


def _agent_type(tool_input: dict[str, object]) -> str:
    """The agent's type; a teammate or a remote agent is as little ours to move as a fork.

    One with a name gets more work by message, of which no hook can tell what it needs.
    """
    if any(text_in(tool_input, key) for key in ("team_name", "name")):
        return "fork"
    if text_in(tool_input, "isolation") == "remote":
        return "fork"
    return text_in(tool_input, "subagent_type")


def _parent(event: Event, context: Context) -> str:
    """The model that sends the subagent out, which it would inherit; "" if not known.

    The first answer's row may not be on disk yet when its tools are about to run.
    """
    if event.agent:
        from cheaproute.ledger import agent_runs  # seldom

        return agent_runs.model_of(context.ledger, event.agent)
    known = intern.session_model(context.ledger, event.session)
    if known:
        return known
    from cheaproute.client.transcript import peek

    return peek.announced_model(event.transcript)
