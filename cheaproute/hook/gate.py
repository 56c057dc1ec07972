"""The cap's gate: count what is new, then say what the next call may do."""

from __future__ import annotations

import time

from cheaproute.cap import limits
from cheaproute.cap import state as budget
from cheaproute.errors import LedgerBusy
from cheaproute.hook import answer
from cheaproute.ledger.ingest.ingest import meter as count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# How long a row is waited for, and what share of a cap is "never near".
_PATIENCE_S = 0.3
NEVER = 2.0

CLOSED = (
    f'{answer.TAG} The cap could not be checked, and on_error = "closed" in your config says to '
    "stop then. See `cheaproute doctor`; `cheaproute config set on_error open` lets sessions go on."
)


class Outcome:
    """What a gate found: the state of all caps, and whether the next call goes out.

    `action` is 'none', 'warn', 'cheap' or 'block'; `message` says so to the user, "" for 'none'.
    """

    __slots__ = ("action", "message", "state")

    def __init__(self, state: budget.State, action: str, message: str) -> None:
        self.state = state
        self.action = action
        self.message = message

    @property
    def blocks(self) -> bool:
        """No further call may be made."""
        return self.action == "block"

    @property
    def cheap(self) -> bool:
        """All that may go to Haiku does."""
        return self.action == "cheap"


def meter(event: Event, context: Context) -> int:
    """Count the session's calls that are new since the last event; how many there were."""
    if not event.transcript:
        return 0
    return count(context.ledger, event.transcript, context.now_ms, context.prices).calls


def check(event: Event, context: Context, *, wait_from: float = NEVER) -> Outcome:
    """The state of the caps after counting what is new.

    Where a call has just ended, the client in a terminal may write its row only after the hook was
    started (seen on 2.1.330). With `wait_from` or more of a cap used, that row is waited for.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    new = _meter(event, context)
    limits.sync(context.ledger, context.env, context.section("cap"), context.now_ms)
    state = budget.state(context.ledger, event.session, context.now_ms)
    end = time.monotonic() + _PATIENCE_S
    while new == 0 and _near(state, wait_from) and time.monotonic() < end:
        time.sleep(0.02)
        new = _meter(event, context)
        state = budget.state(context.ledger, event.session, context.now_ms)
    if budget.gate(state, "block").action == "none":
        return Outcome(state, "none", "")
    at_cap = str(context.section("cap").get("at_cap"))
    if at_cap == "auto":
        at_cap = "warn" if context.plan else "block"
    verdict = budget.gate(state, at_cap)
    from cheaproute.cap import messages  # most calls have nothing to say

    return Outcome(state, verdict.action, messages.message(state, verdict, plan=context.plan))


def _meter(event: Event, context: Context) -> int:
    """As `meter`; -1 where the ledger is too busy to write to: it still tells what was spent."""
    try:
        return meter(event, context)
    except LedgerBusy as error:
        if context.settings.get("on_error") == "closed":
            raise
        from cheaproute import log

        log.write(context.env, "gate", error)
        return -1


def _near(state: budget.State, share: float) -> bool:
    return state.binding is not None and share <= state.binding.share < 1


def closed(handler: str) -> Answer | None:
    """The deny of a gate that failed and is to fail closed; None where `handler` is no gate."""
    if handler == "pre_tool_use":
        return answer.deny(CLOSED)
    if handler == "post_tool_batch":
        return answer.stop(CLOSED)
    if handler == "user_prompt_submit":
        return answer.block_prompt(CLOSED)
    if handler == "pre_compact":
        return answer.block(CLOSED)
    return None
