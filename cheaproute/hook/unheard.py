"""Calls that no module tells of, counted for the caps: helpers', and those whose row is lost."""

from __future__ import annotations

from cheaproute.client import settings as client_settings
from cheaproute.config import paths
from cheaproute.hook.event import text_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.ledger.ingest.silence import Batch
    from cheaproute.ledger.module.given_up import GivenUp
    from cheaproute.usage.prices import Prices

# How long a row is waited for.
_PATIENCE_S = 1.0
# By these the client's small model is another one.
_SMALL = ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
_SUMMARIES = "CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES"


def take(event: Event, context: Context, purpose: str) -> int:
    """Take in a call for `purpose` (the client's word): what it counts as; 0 with a module."""
    if not event.session or context.seat(event.session) is not None:
        return 0
    named: Collection[str] = ()
    if purpose == "hook_agent":
        from cheaproute.client.agents import model_hooks

        env = context.env
        named = context.attempt("agents", lambda: model_hooks.of_agents(event.cwd, env), set())
    return _taken(event, context, purpose, named or ("",))


def beside(event: Event, context: Context) -> int:
    """Take in what the event itself has helpers asked: `prompt` hooks, a goal, summaries.

    Of a session that has no module.
    """
    calls = event.raw.get("tool_calls")
    uses = calls if isinstance(calls, list) else []
    tools = [text_in(one, "tool_name") for one in uses if isinstance(one, dict)]
    asked = [("hook_prompt", model) for model in _asked(event, context, tools)]
    if event.name == "Stop":
        from cheaproute.client.transcript import peek

        asked += [("hook_prompt", "")] if peek.goal_stands(event.transcript) else []
    if tools and context.env.get(_SUMMARIES):
        from cheaproute.client import login

        on = login.on(context.env, _SUMMARIES)
        asked += [("tool_use_summary_generation", "")] if on else []
    return sum(_taken(event, context, purpose, (model,)) for purpose, model in asked)


def _asked(event: Event, context: Context, tools: Sequence[str]) -> Iterator[str]:
    """The model that each of them names ("": none), once for each use of a tool; alike are one."""
    from cheaproute.client.agents import model_hooks

    env = context.env
    layers = [layer.content or {} for layer in client_settings.layers(env, event.cwd)]
    kind = event.word("agent_type") if event.agent else ""
    own: set[tuple[str, str, str]] = context.attempt(
        "own hooks", lambda: model_hooks.at_work(kind, event.transcript, event.cwd, env), set()
    )
    for name in event.asked_hooks_of:
        for tool in tools if name in model_hooks.OF_TOOLS else ("",):
            seen = {one for content in layers for one in model_hooks.of(content, name, tool)}
            seen.update((prompt, model) for at, prompt, model in own if at == name)
            yield from (model for _, model in seen)


def _small(event: Event, context: Context) -> set[str]:
    """What variables put in the small model's place: a project's, too, for a dearer one counts."""
    layers = client_settings.layers(context.env, event.cwd)
    said = [context.env, *(client_settings.variables(layer.content or {}) for layer in layers)]
    return {name for env in said for key in _SMALL if (name := env.get(key))}


def _taken(event: Event, context: Context, purpose: str, named: Collection[str]) -> int:
    """Take in a call on one of the models `named`; "" is the client's small one."""
    from cheaproute.cap import expected

    ids = context.section("models")
    models = {name for name in named if name}
    if "" in named:
        models.update(context.attempt("small", lambda: _small(event, context), set()))
    meant = [str(ids.get(name, name)) for name in models]

    def do() -> int:
        return expected.take_hidden(context.ledger, event.session, context.now_ms, purpose, meant)

    return context.attempt("hidden", do, 0)


def silent(event: Event, context: Context, known: Verdict, *, new: bool) -> Verdict:
    """The verdict where calls added nothing to the sums; `known` where that is no matter.

    `new`: rows came, whatever they say.
    """
    db, state = context.ledger, known.state
    if new:
        from cheaproute.ledger.ingest import silence as rows

        if not rows.mute(db, state.session_id, context.now_ms):
            return known
        from cheaproute.hook import notices

        return notices.stopped(context, known, notices.MUTE)
    module = context.seat(event.session)
    if event.name != "PostToolBatch" or (module is not None and module.log):
        return known
    from cheaproute.cap import expected
    from cheaproute.cap.fallback import silence
    from cheaproute.hook import gate

    at = silence.Standing(
        state.session_id,
        [period.key for period in state.periods.values()],
        usual=expected.usual_call(db, state.session_id),
        left=state.left or 0,
        near=expected.near(db, state),
    )
    end_s = context.until(_PATIENCE_S)
    found = silence.look(db, at, _batch(event), context.now_ms, end_s)
    calls = gate.meter(event, context) if found.here else 0  # the next step might take it away
    if found.changed or calls:
        known = gate.judged(event.session, context)
    if calls:
        gate.learn(context, state, known.state, calls)
    if not found.stops:
        return known
    from cheaproute.hook import notices

    return notices.stopped(context, known, notices.STILL)


def unwritten(event: Event, context: Context, prices: Prices) -> int:
    """What the session spent that could not be written down, by its transcript; nano-dollars.

    Where others have spent some, too, it counts from then on.
    """
    own = 0
    if context.trouble is not None:
        from cheaproute.ledger.ingest import unwritten

        db, path, now_ms = context.ledger, event.transcript, context.now_ms
        own = context.attempt("unwritten", lambda: unwritten.nano(db, path, now_ms, prices), 0)
    told = own and context.seat(event.session) is None
    meet(event, context, [{"cost_usd_micros": own // 1000}] if told else [])
    return own


def meet(
    event: Event, context: Context, told: Sequence[dict[str, object]], session: int | None = None
) -> None:
    """Tell other sessions what could not be booked, hear of theirs; book it where that can be.

    Without `session`, the ledger's number, what this one told before is known by its transcript.
    """
    from cheaproute.cap import expected, periods
    from cheaproute.cap.fallback import unbooked
    from cheaproute.ledger.ingest import faults, telemetry
    from cheaproute.ledger.transactions import Immediate

    db, now_ms, prices = context.ledger, context.now_ms, context.prices
    folders = paths.beside_dirs(context.env)

    def put(one: unbooked.Kept, calls: Sequence[dict[str, object]]) -> None:
        with Immediate(db):
            telemetry.book(
                db, calls, session=one.session, cwd=one.cwd, now_ms=now_ms, prices=prices
            )

    def alone(one: unbooked.Kept, call: dict[str, object]) -> None:
        context.attempt("record", lambda: put(one, [call]), None)

    def book(one: unbooked.Kept) -> None:
        read = [call for call in one.calls if call.get("unread") is not True]
        calls = [call for call in read if call.get("gave_up") is not True]
        gone = [call for call in one.calls if call.get("gave_up") is True]
        if gone and one.session != event.session:  # its hand brings them itself
            expected.give_up(db, one.session, one.cwd, _as_told(gone, now_ms), now_ms)
        try:
            put(one, calls)
        except Exception as error:
            if not faults.is_of_a_row(error):
                raise
            for call in calls:  # the odd one is lost, the others are not
                alone(one, call)

    may = context.trouble is None and not context.stands_in
    if may and context.attempt("beside", lambda: unbooked.take_in(folders, book), otherwise=False):
        return
    own = unbooked.Kept(event.session, event.cwd, told)
    unbooked.meet(
        db, folders, own, lambda ms: periods.keys(ms or now_ms, session or 0), known=session is None
    )


def _as_told(gone: Sequence[dict[str, object]], now_ms: int) -> list[GivenUp]:
    """Requests that were given up, as the ledger notes them."""
    from cheaproute.ledger.ingest import telemetry
    from cheaproute.ledger.module import given_up

    return [
        (
            given_up.asked_ms(one, now_ms - number),
            text_in(one, "model"),
            text_in(one, "agent"),
            1000 * telemetry.count(one, "cost_usd_micros"),
        )
        for number, one in enumerate(gone)
    ]


def take_back(event: Event, context: Context) -> None:
    """Have what was counted for a row that had not come count no more, once it came."""
    from cheaproute.cap import periods
    from cheaproute.cap.fallback import silence
    from cheaproute.ledger import intern

    db = context.ledger
    keys = periods.keys(context.now_ms, intern.session_id(db, event.session)).values()
    silence.take_back(db, keys, _batch(event), context.now_ms)


def _batch(event: Event) -> Batch:
    from cheaproute.ledger.ingest.silence import Batch

    return Batch(event.session, event.agent, event.transcript, event.tool_uses())
