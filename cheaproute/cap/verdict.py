"""What a gate says of the next call."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State


class Verdict:
    """What a gate found: the state of all caps, and whether the next call goes out.

    `action` is 'none', 'warn', 'cheap' or 'block'; `period` is the cap that says so (None for
    'none'); `message` tells the user, "" for 'none'; `need` is what a next call may cost, 0 where
    nobody asked.
    """

    __slots__ = ("action", "message", "need", "period", "state")

    def __init__(self, state: State, action: str, period: Period | None, message: str = "") -> None:
        self.state = state
        self.action = action
        self.period = period
        self.message = message
        self.need = 0

    @property
    def blocks(self) -> bool:
        """No further call may be made."""
        return self.action == "block"

    @property
    def cheap(self) -> bool:
        """All that may go to Haiku does."""
        return self.action == "cheap"
