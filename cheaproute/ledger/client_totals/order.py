"""The totals of a session in the order in which they were written, whatever the clock said.

A total holds what was there before it, so it cannot go back; a clock can.
"""

from __future__ import annotations

from cheaproute.ledger.schema import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.ledger.client_totals.states import State


def in_order(states: list[State]) -> list[State]:
    """The totals of one session, given by their time, each after those that it holds.

    Where the clock was set back between two runs their calls cannot be told apart by time: their
    totals are one, the last, of the calls of both.
    """
    told: list[State] = []
    for state in states:
        later = (n for n, one in enumerate(told) if _is_before(state, one))
        told.insert(next(later, len(told)), state)
    found: list[State] = []
    for state in told:
        while (before := _before(found, state)) and (
            before.back_ms != NEVER or min(state.at_ms, state.low_ms) < before.at_ms
        ):
            found.remove(before)
            state.take_in(before)
        if before:  # it has none from after that
            before.until_ms = min(before.until_ms, max(before.at_ms, state.low_ms))
        found.append(state)
    return found


def _before(found: list[State], state: State) -> State | None:
    return next((one for one in reversed(found) if is_same_file(one, state)), None)


def is_same_file(one: State, other: State) -> bool:
    """Whether two totals are of one transcript, as far as it is known of both."""
    return one.file == other.file or not (one.file and other.file)


def _is_before(one: State, other: State) -> bool:
    """Whether `one`, of a later time, is the earlier total: `other` holds it.

    Of two that are the same it is the one after which the clock was set back.
    """
    same = one.total.covers(other.total)
    before = one.back_ms <= other.at_ms if same else other.total.covers(one.total)
    return is_same_file(one, other) and before and other.total.covers(one.total)
