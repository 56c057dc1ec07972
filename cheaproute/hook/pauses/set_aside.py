"""Money for a call of the client's that the brain asks for: set aside before it is made."""

from __future__ import annotations

import os

from cheaproute.cap import gate, reservations
from cheaproute.cap import state as states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context


def hold(context: Context, session: int, nano: int, purpose: str, life_ms: int) -> bool:
    """Set `nano` aside for the client's process; False where the cap does not leave as much."""
    context.sync_caps()
    at_cap = context.at_cap
    state = states.state(context.db, session, context.now_ms)
    short = any(p.left is not None and p.left < nano for p in state.periods.values())
    if at_cap != "warn" and (short or gate.decide(state, at_cap).action == "block"):
        return False
    reservations.hold(
        context.db,
        nano,
        purpose,
        context.now_ms,
        session_id=session,
        life_ms=life_ms,
        pid=os.getppid(),
    )
    return True


def drop(context: Context, purpose: str) -> None:
    """The call was made, or was not: what was set aside for it is free."""
    reservations.drop(context.db, os.getppid(), (purpose,))
