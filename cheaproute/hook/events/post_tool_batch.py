"""PostToolBatch: count what was spent, and stop before the next model call past the cap."""

from __future__ import annotations

from cheaproute.hook import answer, gate, runaway
from cheaproute.machines import rounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Stop the turn (or the subagent) past the cap; else silence."""
    verdict = gate.check(event, context)
    if verdict.state.allowed:
        from cheaproute.hook.turn_end import another_turn  # seldom

        verdict = another_turn.judged(event, context, verdict)
    if event.agent:
        from cheaproute.cap import burst

        end, me = burst.heard, context.client_pid
        context.attempt("burst", lambda: end(context.ledger, event.agent, me), None)
    context.attempt("rounds", lambda: rounds.begin(context), None)
    if verdict.blocks:
        if event.agent:
            context.attempt("cut", lambda: _cut(event, context), None)
        return answer.stop(verdict.message)
    why = context.attempt("alarm", lambda: runaway.alarm(event, context, verdict), "")
    return answer.stop(why) if why else None


def _cut(event: Event, context: Context) -> None:
    """Note that the subagent ends here: no hook of its end will say so."""
    from cheaproute.client import agent_result
    from cheaproute.ledger import agent_runs

    agent_runs.ended(
        context.ledger,
        tool_use=agent_runs.of_agent(context.ledger, event.agent),
        status=agent_result.CUT,
        now_ms=context.now_ms,
    )
