"""Subagents sent out side by side where no module holds their requests: as many as there is room.

Each gate before a subagent sees the books alone, and all of them see the same. So each sets aside
what one call of this session costs, for the client's process: its own gates pass that over, the
next subagent's and other sessions' do not. It ends when the subagent is first heard of.
"""

from __future__ import annotations

from cheaproute.cap import expected
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.cap.periods import Period
    from cheaproute.cap.state import State

_PURPOSE = "agent "
# An answer that nobody heard of in this time is not waited for.
_LIFE_MS = 60_000
# With room for so many calls nobody looks.
_MANY = 24
# So long the first request of all is waited for.
_FIRST_MS = 4_000
_FIRST = (
    "[cheaproute] The first request of another session is under way, and nobody knows yet what one"
    " costs. Try again."
)


def tight(db: sqlite3.Connection, state: State) -> tuple[int, list[tuple[Period, int]]]:
    """What one call costs, and the caps with room for few, each with what is left.

    Subagents side by side share that.
    """
    nano = expected.usual_call(db, state.session_id)
    lefts = [(at, state.room(at)) for at in state.every if at.limit is not None]
    return nano, [(at, left) for at, left in lefts if left < nano * _MANY]


def refused(
    db: sqlite3.Connection,
    state: State,
    nano: int,
    caps: list[tuple[Period, int]],
    *,
    tool_use: str,
    pid: int,
) -> Period | None:
    """The cap that has no room for one more subagent of process `pid`; None: its room is set aside.

    `nano` and `caps` are what is `tight`. The first is never refused here: whether the session may
    go on at all is the gate's matter.
    """
    from cheaproute.cap import reservations

    with Immediate(db):
        mine = reservations.of(db, pid, _PURPOSE + "%", state.now_ms)
        short = next((at for at, left in caps if mine and left < mine + nano), None)
        if short is not None:
            return short
        reservations.hold(
            db,
            nano,
            _PURPOSE + tool_use,
            state.now_ms,
            session_id=state.session_id,
            life_ms=_LIFE_MS,
            pid=pid,
        )
    return None


def heard(db: sqlite3.Connection, agent: str, pid: int) -> None:
    """What the subagent `agent` of process `pid` calls is in the books from here on."""
    from cheaproute.cap import reservations

    if reservations.of(db, pid, _PURPOSE + "%", 0):
        from cheaproute.ledger import agent_runs

        reservations.drop(db, pid, (_PURPOSE + agent_runs.of_agent(db, agent),))


def behind_first(db: sqlite3.Connection, state: State, purpose: str, pid: int) -> str:
    """Why a request of process `pid` waits for another's, the first of all; "" if it does not.

    That is so new, is held for `purpose`, and nobody knows yet what a request costs.
    """
    from cheaproute.ledger.module import loops

    if loops.newest(db).bytes:
        return ""
    (oldest,) = db.execute(
        "SELECT min(ts_ms) FROM reservation WHERE purpose = ? AND pid <> ?", (purpose, pid)
    ).fetchone()
    new = oldest is not None and state.now_ms - _FIRST_MS < oldest <= state.now_ms
    return _FIRST if new else ""
