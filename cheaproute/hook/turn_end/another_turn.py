"""What a person typed ahead, once the turn of `cap finish` runs on in the background.

The client asks the prompt's hook as it is typed, perhaps while the turn's main loop still answers:
whether it joins that turn is known only when it begins one of its own.
"""

from __future__ import annotations

import time

from cheaproute.hook import gate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

RUNS = (
    "\nWhat the turn of `cap finish` started still runs: that goes on, this prompt is another turn."
)
# So long its row may be late, at a turn's first request.
_PATIENCE_S, _STEP_S = 0.5, 0.02


def judged(event: Event, context: Context, verdict: Verdict) -> Verdict:
    """As `verdict`; as without `cap finish` where the main loop is in another turn than its."""
    state = verdict.state
    if event.agent or verdict.blocks or not state.allowed:
        return verdict
    another = is_running(lambda: event.transcript, context, state.session_id)
    return without(event, context) if another else verdict


def without(event: Event, context: Context) -> Verdict:
    """The verdict on what is not of the turn that `cap finish` allowed."""
    verdict = gate.judged(event.session, context, turn=False)
    if verdict.blocks:
        verdict.message = named(verdict.message)
    return verdict


def named(why: str) -> str:
    """A refusal that says which turn goes on; "" where it is none."""
    return why and why + RUNS


def is_running(
    path: Callable[[], str], context: Context, session: int, *, waits: bool = False
) -> bool:
    """Whether a person's prompt began the main loop's turn after that of `cap finish` ran on.

    `path` is the session's transcript; if it `waits`, for the row of a turn that is not there yet.
    """
    return context.attempt(
        "turn", lambda: _is_typed(path, context, session, waits=waits), otherwise=False
    )


def _is_typed(path: Callable[[], str], context: Context, session: int, *, waits: bool) -> bool:
    from cheaproute.cap import one_turn

    since_ms = one_turn.ran_on_ms(context.ledger, session, context.now_ms)
    place = path() if since_ms else ""
    if not place:
        return False
    from cheaproute.client.transcript import activity

    end = time.monotonic() + (_PATIENCE_S if waits else 0)
    while (typed := activity.typed_since(place, since_ms)) is None and time.monotonic() < end:
        time.sleep(_STEP_S)
    return typed is True
