"""Money for a call of the client's that the brain asks for: seen to before the call is made."""

from __future__ import annotations

from cheaproute.cap import state as states
from cheaproute.cap.answers import gate
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.hook.context import Context
    from cheaproute.usage.call import Call

_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
# The client's words for a call without an answer: none was made; the API's own word, with a status
# where it gave one; it was broken off.
_NOTHING, _FAILED, _CUT = "nothing-to-fork", "api-error", "aborted"


def leave(context: Context, session: int, likely: Call, nano: int) -> bool:
    """Book `likely`, at `nano`, which leaves now; False where the cap does not leave as much.

    It stays booked as it is until it is settled: a client that is killed settles nothing.
    """
    from cheaproute.ledger.calls import asked

    if not _fits(context, session, nano):
        return False
    asked.left(context.ledger, likely, session, context.prices)
    return True


def unsent(context: Context, session: int, name: str) -> None:
    """What was booked as it left, its id beginning with `name`, did not leave after all."""
    from cheaproute.ledger.calls import asked

    with Immediate(context.ledger):
        asked.withdraw(context.ledger, session, name)


def _fits(context: Context, session: int, nano: int) -> bool:
    """Whether the cap leaves `nano` for one more call."""
    context.sync_caps()
    at_cap = context.at_cap
    state = states.state(context.db, session, context.now_ms)
    short = any(p.left is not None and p.left < nano for p in state.periods.values())
    return at_cap == "warn" or not (short or gate.decide(state, at_cap).action == "block")


def settle(
    context: Context, session: int, told: Mapping[str, object], likely: Call, name: str
) -> tuple[Call | None, int]:
    """The call as it was answered, None where it was not, and the nano-dollars it counts.

    `told` is how the client says that it ended, `likely` what it was thought to be; `name` is what
    the id begins with that it was booked by as it left. It is booked once: as
    answered; as likely, where nobody heard of it again; not at all, where it was refused.
    """
    from cheaproute.ledger.calls import asked

    with Immediate(context.ledger):
        known = asked.withdraw(context.ledger, session, name)
        if known is not None:
            likely.id, likely.ts_ms = known
        return _settled(context, session, told, likely)


def _settled(
    context: Context, session: int, told: Mapping[str, object], likely: Call
) -> tuple[Call | None, int]:
    from cheaproute.ledger.calls import asked

    db, prices = context.ledger, context.prices
    usage, why = told.get("usage"), told.get("reason")
    counts = [usage.get(name) if isinstance(usage, dict) else 0 for name in _COUNTS]
    known = [count if type(count) is int and count >= 0 else 0 for count in counts]
    if any(known):
        likely.input, likely.output, likely.write_5m, likely.read = known
        if why != _CUT:  # else there was more of it
            return likely, asked.answered(db, likely, session, prices)
    elif why == _NOTHING or (why == _FAILED and told.get("status")):
        return None, 0
    return None, asked.lost(db, likely, session, prices)
