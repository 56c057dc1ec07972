"""UserPromptSubmit: `/costs` is answered here, and past the cap a prompt goes no further."""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import answer, gate
from cheaproute.hook.console import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """The costs as text, a typed command's answer, the cap's message, or silence."""
    view = _view(event.prompt.strip())
    form = typed.of_costs(event.prompt.strip()) if view is None and "/" in event.prompt[:1] else ""
    if (form or view is not None) and context.seat(event.session) is not None:
        return None  # it is answered there, without the words about a blocked operation
    if view is not None:
        return answer.block_prompt(_costs(view, event, context))
    if form:
        event.raw["prompt"] = form
    local = typed.said(event, context)
    if local is not None:
        return answer.block_prompt(local)
    if context.section("routing").get("main") == "auto":
        context.attempt("plan mode", lambda: _plan_mode(event, context), None)
    verdict = gate.check(event, context)
    context.attempt("caps beside", context.keep_caps, None)
    if verdict.state.allowed and not verdict.blocks and not event.wakes:
        found = verdict
        verdict = context.attempt("turn", lambda: _another(event, context, found), found)
    return answer.block_prompt(verdict.message) if verdict.blocks else None


def _another(event: Event, context: Context, verdict: Verdict) -> Verdict:
    """As `verdict`; where the turn of `cap finish` still runs in the background, as without it."""
    from cheaproute.cap import one_turn
    from cheaproute.hook.turn_end import another_turn

    if not one_turn.runs_on(context.ledger, verdict.state.session_id, context.now_ms):
        return verdict
    return another_turn.without(event, context)


def _view(prompt: str) -> str | None:
    """The words behind `/costs`; None if the prompt is no such command."""
    if not prompt.startswith("/"):
        return None
    from cheaproute.report.terminal import phrase

    return phrase.view(prompt)


def _plan_mode(event: Event, context: Context) -> None:
    """Note whether this prompt is given in plan mode: the module's own events do not say it."""
    from cheaproute.ledger import intern
    from cheaproute.ledger.module import said

    session = intern.session_id(context.ledger, event.session)
    planned = event.word("permission_mode") == "plan"
    said.note_plan_mode(context.ledger, session, planned=planned)


def _costs(view: str, event: Event, context: Context) -> str:
    """The screen that was asked for, up to date with this session."""
    from cheaproute.hook import history
    from cheaproute.report.terminal import command, draw, size

    history.begin_late(context)
    context.attempt("caps", context.sync_caps, None)
    gate.meter(event, context)
    first = f"{context.trouble}\n\nThis session alone:\n" if context.stands_in else ""
    return first + command.answer(
        view,
        context.ledger,
        context.now_ms,
        settings=context.settings,
        prices=context.prices,
        look=draw.Look(size.columns(context.env, size.BESIDE_TEXT) or draw.WIDTH),
        plan=context.subscription,
        warns=context.at_cap == "warn",
        cwd=event.cwd,
        session=event.session,
        home=paths.home(context.env),
    )
