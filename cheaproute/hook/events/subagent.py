"""The model of one subagent: what the task needs, what was asked for, and the note of it.

Both hands come here: the classic hook before the tool runs, the module at the first request.
"""

from __future__ import annotations

from cheaproute.client import settings
from cheaproute.config import reader
from cheaproute.hook.event import text_in
from cheaproute.ledger import decisions
from cheaproute.routing import fingerprint, policy, resolve
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

ANEW = (
    "[cheaproute] That subagent runs on Haiku, which it was sent to for a lookup, and this message "
    "may need more. Dispatch it as a new task instead, with what was found so far; it will run on "
    "the model it needs."
)
# A subagent's usual requests, to compare two models by.
_READ, _WRITTEN, _OUTPUT = 100_000, 20_000, 3_000


class Task:
    """A subagent to be sent out; texts are "" where nothing was said.

    `id` names the run in the ledger, `pin` is the agent's own model (None: not to be found out),
    `current` the model it would run on without us, `agent` its id where that is known already,
    `event` the one that it was told with.
    """

    __slots__ = (
        "agent", "agent_type", "asked", "current", "description", "event", "id", "pin", "prompt",
        "session",
    )  # fmt: skip

    def __init__(
        self,
        id: str,  # noqa: A002
        session: int,
        *,
        agent_type: str,
        description: str,
        prompt: str,
        asked: str,
        pin: str | None,
        current: str,
        event: Event,
        agent: str = "",
    ) -> None:
        self.id = id
        self.session = session
        self.agent_type = agent_type
        self.description = description
        self.prompt = prompt
        self.asked = asked
        self.pin = pin
        self.current = current
        self.event = event
        self.agent = agent


def by_text(task: Task, context: Context) -> Decision:
    """What the text of `task` says it needs."""
    return decide(
        task.description,
        task.prompt,
        task.agent_type or None,
        max_unsafe=reader.number(context.settings, "routing.max_unsafe"),
    )


def could_save(task: Task, decision: Decision, context: Context) -> int:
    """What a usual run would save on Haiku, nano-dollars; 0 where it may not go there at all."""
    plain = Decision("haiku", decision.category, decision.confidence, decision.reason)
    known = fingerprint.fingerprint(task.description, task.prompt)
    choice = _choice(task, plain, _before(known, context, task), context, cheap=False)
    if choice.alias != "haiku":
        return 0
    models = context.section("models")
    now = usual_nano(str(models.get(task.current, task.current)), context)
    then = usual_nano(resolve.model("haiku", context.env, models), context)
    return max(0, now - then) if now is not None and then is not None else 0


def choose(
    task: Task, context: Context, *, cheap: bool, decision: Decision | None = None
) -> policy.Choice:
    """The model for `task`, "" to leave it as it is; the choice is noted.

    `cheap`: the cap is reached, and all that may go to Haiku does. `decision`: what the task needs,
    None to judge its text.
    """
    decision = decision or by_text(task, context)
    known = fingerprint.fingerprint(task.description, task.prompt)
    before = _before(known, context, task)
    choice = _choice(task, decision, before, context, cheap=cheap)
    models = context.section("models")
    fields = {
        "id": task.id,
        "ts_ms": context.now_ms,
        "session": task.session,
        "agent_type": task.agent_type,
        "category": decision.category,
        "tier": decision.tier,
        "confidence": decision.confidence,
        "reason": decision.reason,
        "action": choice.action,
        "asked": task.asked,
        "instead": str(models.get(task.current, task.current)),
        "routed": choice.alias,
        "fingerprint": known,
        "follows": before[0] if before else "",
        "agent": task.agent,
    }
    if choice.alias:
        fields["resolved"] = ""  # what was told before is the dispatch's own
    context.attempt("agent_runs", lambda: decisions.add(context.ledger, fields), None)
    basis = decision.basis
    if basis is not None:
        now_ms = context.now_ms
        db = context.ledger
        context.attempt("judged", lambda: decisions.learn(db, task.id, now_ms, basis), None)
    return choice


def _choice(
    task: Task,
    decision: Decision,
    before: tuple[str, str] | None,
    context: Context,
    *,
    cheap: bool,
) -> policy.Choice:
    sent = policy.Dispatch(
        task.agent_type,
        task.asked,
        task.pin,
        task.current,
        retry=before is not None and "haiku" in before[1],
        is_new=before is None and bool(task.agent),  # its id is known to the module alone
    )
    choice = policy.choose(decision, sent, context.section("routing"), cheap=cheap)
    if choice.alias:
        reason = _not_cheaper(choice.alias, task.current, context)
        choice = policy.Choice(reason) if reason else choice
    choice.is_lookup = policy.is_lookup(decision, sent, choice)
    return choice


def _not_cheaper(alias: str, current: str, context: Context) -> str:
    """Why `alias` would not run, or run no cheaper than `current`; "" if it would, for all we know.

    `rests`: it failed lately; `absent`: it is not among the models allowed; `dearer`: by price, or
    without one.
    """
    from cheaproute.ledger import failures  # not where it stays

    if failures.rests(context.ledger, alias, context.now_ms):
        return "rests"
    ids = context.section("models")
    there = resolve.model(alias, context.env, ids)
    allowed = [
        layer.content["availableModels"]
        for layer in settings.layers(context.env, context.env.get("CLAUDE_PROJECT_DIR", ""))
        if layer.content and "availableModels" in layer.content
    ]
    if not resolve.is_available(alias, there, allowed):
        return "absent"
    if there == ids.get(alias):
        return ""  # the family's own model: policy has compared families
    now, then = (usual_nano(model, context) for model in (str(ids.get(current, current)), there))
    return "" if now is not None and then is not None and then < now else "dearer"


def usual_nano(model: str, context: Context) -> int | None:
    """What a usual run costs on `model`, nano-dollars; None without a price."""
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import cost_nano

    call = Call("", context.now_ms, model)
    call.read, call.write_5m, call.output = _READ, _WRITTEN, _OUTPUT
    return cost_nano(call, context.prices)


def _before(known: str, context: Context, task: Task) -> tuple[str, str] | None:
    """`(id, model)` of the earlier run that the task of this fingerprint repeats."""
    return decisions.retry_of(
        context.ledger,
        task.session,
        context.now_ms,
        lambda other: fingerprint.likeness(known, other),
        lambda since_ms: _asked_since(task.event, context, since_ms),
    )


def _asked_since(event: Event, context: Context, since_ms: int) -> bool:
    """Whether the user gave another prompt after that; not where nothing tells."""
    from cheaproute.client.transcript import activity, layout  # where a task comes again

    path = event.transcript or layout.find(context.transcripts(), event.session)
    return activity.typed_since(path, since_ms) is True


def woken(given: dict[str, object], context: Context, session: int) -> str:
    """Why a message may not wake the agent it is for; "" if it may.

    An agent on Haiku would go on there with whatever it is told: nothing but the module can give it
    its own model back.
    """
    to = text_in(given, "to") or text_in(given, "recipient")
    from cheaproute.ledger import agent_runs  # where a message is sent

    if not to or not agent_runs.runs_on_haiku(context.ledger, session, to):
        return ""
    message = text_in(given, "message") or text_in(given, "content")
    return "" if decide("", message).tier == "haiku" else ANEW
