"""PreToolUse on Agent: the cap's gate, then the cheapest model that does the job, or silence."""

from __future__ import annotations

from cheaproute.client import agents, tools
from cheaproute.hook import answer, gate
from cheaproute.hook.event import text_in
from cheaproute.ledger import agent_runs, intern
from cheaproute.routing import fingerprint, policy
from cheaproute.routing.decide import CAUTION, decide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.routing.decision import Decision


def handle(event: Event, context: Context) -> Answer | None:
    """Deny past the cap; else reroute, or nothing."""
    tool = event.text("tool_name")
    if tool and tool not in tools.PAID_TOOLS:
        return None
    verdict = gate.check(event, context)
    if verdict.blocks:
        return answer.deny(verdict.message)
    if tool not in tools.DISPATCHES:
        return None
    tool_input = event.tool_input
    agent_type = _agent_type(tool_input)
    description, prompt = text_in(tool_input, "description"), text_in(tool_input, "prompt")
    routing = context.section("routing")
    caution = routing.get("caution")
    decision = decide(
        description,
        prompt,
        agent_type or None,
        caution=float(caution) if isinstance(caution, int | float) else CAUTION,
    )
    task = fingerprint.fingerprint(description, prompt)
    db = context.ledger
    session = context.attempt("session", lambda: intern.session_id(db, event.session), 0)
    before = _before(task, context, session)
    asked = text_in(tool_input, "model")
    pin = agents.pin(agent_type, event.cwd, context.env)
    current = asked or pin or context.env.get("CLAUDE_CODE_SUBAGENT_MODEL", "")
    sent = policy.Dispatch(
        agent_type,
        asked,
        pin,
        current or _parent(event, context),
        retry=before is not None and "haiku" in before[1],
    )
    if not asked and not pin and current:
        sent.pin = current  # the user's own default for subagents is a pin like any other
    choice = policy.choose(decision, sent, routing, cheap=verdict.cheap)
    follows = before[0] if before else ""
    context.attempt(
        "agent_runs",
        lambda: _note(event, context, decision, sent, choice, session, task, follows),
        None,
    )
    return answer.reroute(tool_input, choice.alias) if choice.alias else None


def _agent_type(tool_input: dict[str, object]) -> str:
    """The agent's type; a teammate or a remote agent is as little ours to move as a fork."""
    if text_in(tool_input, "team_name") or text_in(tool_input, "isolation") == "remote":
        return "fork"
    return text_in(tool_input, "subagent_type")


def _before(task: str, context: Context, session: int) -> tuple[str, str] | None:
    """`(id, model)` of the earlier dispatch that this one repeats, None if it is new.

    One that still runs is not repeated: alike tasks sent out side by side are not retries.
    """
    since = context.now_ms - agent_runs.FOLLOW_MS
    for id_, known, routed, resolved, status in agent_runs.recent(context.ledger, session, since):
        if status not in ("", "running") and fingerprint.similar(task, known):
            return id_, resolved or routed
    return None


def _parent(event: Event, context: Context) -> str:
    """The model that sends the subagent out, which it would inherit; "" if not known.

    The first answer's row may not be on disk yet when its tools are about to run.
    """
    if event.agent:
        return agent_runs.model_of(context.ledger, event.agent)
    known = intern.session_model(context.ledger, event.session)
    if known:
        return known
    from cheaproute.client.transcript import peek

    return peek.announced_model(event.transcript)


def _note(
    event: Event,
    context: Context,
    decision: Decision,
    sent: policy.Dispatch,
    choice: policy.Choice,
    session: int,
    task: str,
    follows: str,
) -> None:
    models = context.section("models")
    agent_runs.add(
        context.ledger,
        {
            "id": event.tool_use,
            "ts_ms": context.now_ms,
            "session": session,
            "agent_type": sent.agent_type,
            "category": decision.category,
            "tier": decision.tier,
            "confidence": decision.confidence,
            "reason": decision.reason,
            "action": choice.action,
            "asked": sent.asked,
            "instead": str(models.get(sent.current, sent.current)),
            "routed": choice.alias,
            "fingerprint": task,
            "follows": follows,
        },
    )
