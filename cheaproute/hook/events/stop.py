"""Stop: a gate, for another hook or a goal may go on; and the one line on alerts and failures."""

from __future__ import annotations

from cheaproute.hook import answer, gate, runaway
from cheaproute.hook.turn_end import activity, failed, notify
from cheaproute.ledger import intern
from cheaproute.machines import rounds
from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """The end of the turn past a cap, whatever else would go on with it; at most one message.

    That is a threshold newly passed, or background runs that failed.
    """
    verdict = gate.check(event, context, ends=True)
    if verdict.state.allowed:
        from cheaproute.hook.turn_end import another_turn  # seldom

        found = verdict
        context.attempt("finish", lambda: _finish(event, context, found), None)
        verdict = another_turn.judged(event, context, verdict)
    activity.turn(event, context)
    context.attempt("rounds", lambda: rounds.begin(context), None)
    alert, sequence = context.attempt("alerts", lambda: notify.crossed(verdict, context), ("", ""))
    context.attempt("alarm", lambda: runaway.alarm(event, context, verdict), "")
    context.attempt("without_us", lambda: _without_us(context), None)
    failures = context.attempt("failures", lambda: failed.line(event, context), "")
    shown = verdict.message if verdict.blocks else ""  # the client shows why it was stopped
    lines = [line for line in (alert, failures) if line and line != shown]
    if not lines and not shown:
        lines = [
            line for line in (context.attempt("seen", lambda: _seen(event, context), ""),) if line
        ]
    told = answer.tell_user("\n".join(lines), sequence) if lines or sequence else None
    return {**answer.stop(shown), **(told or {})} if shown else told


def _finish(event: Event, context: Context, verdict: Verdict) -> None:
    """End what `cap finish` allowed, unless something that was started in the turn still runs."""
    from cheaproute.cap import one_turn
    from cheaproute.client.transcript import peek

    db, session = context.ledger, verdict.state.session_id
    began_ms = one_turn.began_ms(db, session)
    goes_on = peek.started_since(event.transcript, event.background(), began_ms)
    if goes_on and not verdict.blocks:
        one_turn.run_on(db, session, context.now_ms)
    else:
        one_turn.end(db, session)


def _seen(event: Event, context: Context) -> str:
    """What was routed and digested, where no module is there to say it in its own place."""
    db = context.ledger
    session = intern.session_id(db, event.session)
    module = context.live_seat(session)
    if module is not None and module.log:
        return ""
    working = event.background()
    line = seen.after_answer(context.settings, db, session, context.now_ms, working)
    return f"{answer.TAG} {line}" if line else ""


def _without_us(context: Context) -> None:
    """A line on each session in which nothing of ours ran, counted since."""
    known = context.ledger.execute("SELECT 1 FROM uncounted LIMIT 1").fetchone()
    if known is not None and context.attended:
        from cheaproute.hook import notices

        notices.without_us(context)
