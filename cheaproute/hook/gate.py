"""The cap's gate: count what is new, then say what the next call may do."""

from __future__ import annotations

from cheaproute.hook import answer
from cheaproute.ledger import budget, caps, words
from cheaproute.ledger.meter import meter as count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

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


def meter(event: Event, context: Context) -> None:
    """Count the session's calls that are new since the last event."""
    if event.transcript:
        count(context.ledger, event.transcript, context.now_ms, context.prices)


def check(event: Event, context: Context) -> Outcome:
    """The state of the caps after counting what is new.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    meter(event, context)
    caps.sync(context.ledger, context.env, context.section("cap"), context.now_ms)
    state = budget.state(context.ledger, event.session, context.now_ms)
    if budget.gate(state, "block").action == "none":
        return Outcome(state, "none", "")
    at_cap = str(context.section("cap").get("at_cap"))
    if at_cap == "auto":
        at_cap = "warn" if context.plan else "block"
    verdict = budget.gate(state, at_cap)
    return Outcome(state, verdict.action, words.message(state, verdict, plan=context.plan))


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
