"""The cap's gate as a hook has it: judge what is known, count what is new, judge again.

Counting, taking over settings and noting are attempts: whatever fails there, the totals already in
the ledger still hold, and past the cap they block.
"""

from __future__ import annotations

import os
import time

from cheaproute.cap.answers import gate
from cheaproute.config import paths
from cheaproute.ledger.ingest.ingest import meter as count
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.cap.state import State
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# How long the row of the call just made is waited for, and what others hold.
_PATIENCE_S = 1.0
_STEP_S = 0.02
# A row that did not come for so long does not come at all.
_LATEST_MS = 60_000


class Unchecked(Exception):
    """Something failed beside the judgement, and the user wants gates to fail closed."""


def meter(event: Event, context: Context) -> int:
    """Count the session's calls that are new since the last event; how many, 0 if it failed."""
    if not event.transcript:
        return 0
    return context.attempt(
        "meter",
        lambda: count(context.ledger, event.transcript, context.now_ms, context.prices).calls,
        0,
    )


def check(event: Event, context: Context, *, ends: bool = False) -> Verdict:
    """What the next call of this session may do, with the call just made counted.

    `ends`: a turn's end, which names no tool use whose row could be waited for.

    Raises:
        Unchecked: the answer is 'go', something failed, and `on_error` is `closed`.
        LedgerError: the ledger cannot even be read.
    """
    context.take_up(event.session)
    context.attempt("missed", lambda: _take_back(event, context), None)
    if event.ends_a_hooks_call:
        from cheaproute.hook import unheard

        unheard.take(event, context, "hook_agent")
    known = context.known = judged(event.session, context)
    asked = 0
    may_stop = known.state.binding is not None and not known.blocks
    asks = may_stop and bool(event.session and event.asked_hooks_of)
    if asks and context.seat(event.session) is None:
        from cheaproute.hook import unheard  # not where nothing was asked

        asked = context.attempt("judges", lambda: unheard.beside(event, context), 0)
    calls = meter(event, context)
    odd = context.trouble is not None or paths.anything_beside(context.env)
    if odd and may_stop:
        from cheaproute.hook import unheard

        prices = context.prices
        context.unseen = context.attempt(
            "unwritten", lambda: unheard.unwritten(event, context, prices), 0
        )
    verdict = judged(event.session, context) if calls or asked or odd else known
    context.known = verdict
    if verdict.state.binding is not None and not verdict.blocks:
        late = _late(event, context, verdict, calls, ends=ends)
        calls += late
        verdict = judged(event.session, context) if late else verdict
        if context.trouble is None:
            verdict = _silent(event, context, known, verdict, calls=calls)
    if verdict.blocks:
        verdict = _when_settled(event, context, verdict)
    if not verdict.blocks:
        verdict = _untold(event, context, verdict, made=ends or bool(event.tool_uses()))
    context.known = verdict
    if verdict.blocks:  # more of a team's budget may be had, or other news of other machines
        from cheaproute.cap import reservations
        from cheaproute.hook import notices
        from cheaproute.machines import rounds

        context.attempt("leaves", lambda: reservations.end_leaves(context.ledger), None)
        context.attempt("rounds", lambda: rounds.begin(context, pressing=True), None)
        notices.past_the_plan(event, context)
    if event.torn and not event.session:
        context.trouble = context.trouble or ValueError("an event that names no session")
    elif context.trouble is not None:
        from cheaproute.hook import notices

        notices.trouble(event, context)
    learn(context, known.state, verdict.state, calls)
    shut = context.trouble is not None and context.settings.get("on_error") == "closed"
    if shut and not verdict.blocks:
        raise Unchecked(str(context.trouble)) from context.trouble
    return verdict


def _take_back(event: Event, context: Context) -> None:
    """Have what was counted for a row that had not come count no more, once it came."""
    from cheaproute.ledger import intern

    since_ms = context.now_ms - _LATEST_MS
    if event.session and intern.misses(context.ledger, event.session, since_ms):
        from cheaproute.hook import unheard

        unheard.take_back(event, context)


def judged(session: str, context: Context, *, turn: bool = True) -> Verdict:
    """What the ledger's totals say about the next call of `session` ("": of any); no more.

    `turn`: it may be of the one turn that was allowed past the caps.
    """
    return gate.judge(
        context.ledger, session, context.now_ms, str(context.section("cap").get("at_cap")),
        subscription=lambda: context.plan_pays,
        command=paths.command(context.env),
        besides=context.client_pid,  # what the module of this very client has set aside
        unseen=context.unseen,
        turn=turn,
        goes_on=lambda: not context.is_one_run, config=context.config_way,
        here=context.shows_dialogs,
        prices=lambda: context.attempt("prices", lambda: context.prices, None),
    )  # fmt: skip


def _silent(
    event: Event, context: Context, before: Verdict, verdict: Verdict, *, calls: int
) -> Verdict:
    """The verdict on a session whose calls nothing tells of; `verdict` itself for any other."""
    counted = verdict.state.periods["session"].spent != before.state.periods["session"].spent
    if counted or not event.tool_uses():
        return verdict
    from cheaproute.hook import unheard  # seldom

    return context.attempt(
        "silence", lambda: unheard.silent(event, context, verdict, new=calls > 0), verdict
    )


def _late(event: Event, context: Context, verdict: Verdict, calls: int, *, ends: bool) -> int:
    """Where the call just made may decide: how many calls came after the look at the file.

    The client may write its row only after the hook was started (seen on 2.1.330). Rows of the
    call before that came late as well are no sign of it: the tool uses of the event are.
    """
    uses = event.tool_uses()
    from cheaproute.cap import expected  # only where there is a cap

    if not (uses or ends) or not expected.near(context.ledger, verdict.state):
        return 0
    if _metered(event, context):  # and holds the next request; but the turn's end says so
        return _booked(event, context, verdict) if ends else 0
    if uses:
        from cheaproute.client.transcript import peek

        patience_s = context.until(_PATIENCE_S) - time.monotonic()
        peek.wait_for(event.transcript, event.agent, uses, patience_s)
        return meter(event, context)
    end = context.until(_PATIENCE_S / 2)
    late = 0
    while not calls and not late and time.monotonic() < end:
        time.sleep(_STEP_S)
        late = meter(event, context)
    return late


def _booked(event: Event, context: Context, verdict: Verdict) -> int:
    """1 if the module books the turn's last call while this waits."""
    before = verdict.state.periods["session"].spent
    end = context.until(_PATIENCE_S / 2)
    while time.monotonic() < end:
        if judged(event.session, context).state.periods["session"].spent != before:
            return 1
        time.sleep(_STEP_S)
    return 0


def _untold(event: Event, context: Context, verdict: Verdict, *, made: bool) -> Verdict:
    """The verdict on a session that no transcript tells of; `verdict` itself for any other.

    `made`: a call was just made, so that there should be one.
    """
    path = event.transcript
    if not event.session or (path and os.path.exists(path)) or _told(event, context, made=made):
        return verdict
    from cheaproute.hook import notices

    return context.attempt(
        "uncounted", lambda: notices.untold(event, context, verdict, made=made), verdict
    )


def _told(event: Event, context: Context, *, made: bool) -> bool:
    """Whether a module in this client tells of each call; of one just `made`, a moment later."""
    end = context.until(_PATIENCE_S)
    while True:
        module = context.seat(event.session)
        if module is None or module.log or not made:
            return module is not None
        if time.monotonic() >= end:
            return False
        time.sleep(_STEP_S)


def _metered(event: Event, context: Context) -> bool:
    """Whether the module in this client books each call as it ends, and holds the next."""
    module = context.seat(event.session)
    return module is not None and module.fetch and module.log


def _when_settled(event: Event, context: Context, verdict: Verdict) -> Verdict:
    """Where only what others have set aside fills the caps, that is waited for."""
    end = context.until(_PATIENCE_S)
    while verdict.blocks and verdict.state.binding and verdict.state.binding.reached:
        if any(at.full for at in verdict.state.every) or time.monotonic() >= end:
            break
        time.sleep(_STEP_S)
        context.now_ms += int(_STEP_S * 1000)
        verdict = judged(event.session, context)
    return verdict


def learn(context: Context, before: State, after: State, calls: int) -> None:
    """Take in what `calls` new calls of the session cost, by its sums before and after them."""
    nano = after.periods["session"].spent - before.periods["session"].spent
    if not calls or nano <= 0:
        return
    from cheaproute.cap import expected

    def learn() -> None:
        with Immediate(context.ledger):
            expected.add_hour(context.ledger, nano, after.now_ms)
            expected.learn_cost(context.ledger, after.session_id, nano, calls)

    context.attempt("pace", learn, None)
