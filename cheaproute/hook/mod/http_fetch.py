"""`http.fetch`: the cap's gate before a request leaves, and the leave to go without asking.

A leave holds for the dollars and seconds it names. Those dollars, and what the requests under way
are likely to cost, are reservations of the client's process in the ledger: every other gate sees
them, and they end with it.
"""

from __future__ import annotations

import os

from cheaproute.cap import gate, reservations
from cheaproute.cap import state as states
from cheaproute.config import paths
from cheaproute.hook.mod import estimate
from cheaproute.ledger import loops
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.state import State
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

FLIGHT = "request"
# How long a leave holds, and how long a request may be under way.
LEAVE_S, FLIGHT_S = 60, 600
# A leave is this share of what is left, so that sessions side by side all get some.
SHARE = 8
# No leave, and what was left of the one before is taken back: its dollars are no longer set aside.
NONE: Answer = {"nano": 0, "seconds": 0, "loops": {}}
# With no cap that stops anything: as good as for ever.
PLENTY: Answer = {"grant": {"any": True, "nano": 10**15, "seconds": 300, "loops": {}}}


def answer(event: Event, context: Context, session: int) -> Answer:
    """`deny` with the reason, or a new leave, or neither: then the next request asks again.

    A refusal may end with more of a team's budget, or news of other machines: those are asked for.
    """
    found = _judged(event, context, session)
    if "deny" in found:
        from cheaproute.machines import rounds

        context.attempt("rounds", lambda: rounds.begin(context, pressing=True), None)
    return found


def _judged(event: Event, context: Context, session: int) -> Answer:
    context.attempt("caps", context.sync_caps, None)
    at_cap = gate.at_cap(context.section("cap").get("at_cap"), subscription=context.plan_pays)
    state = states.state(context.ledger, session, context.now_ms, unseen=context.unseen)
    if at_cap == "warn" or state.binding is None:
        return _closed(event, context) or PLENTY
    desk = _Desk(context, session)
    told = event.raw.get("flights")
    under_way = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    asked = event.raw.get("flight")
    own = desk.likely(asked) if isinstance(asked, dict) else 0
    others = sum(map(desk.likely, under_way)) - (own if asked in under_way else 0)
    asks = _asks(event)
    why = _refusal(state, 0, at_cap, context) if asks and any(at.full for at in state.every) else ""
    if why:  # whatever could not be written
        return {"deny": why, "grant": NONE}
    answer: Answer = {}
    if asks and at_cap == "block":
        from cheaproute.hook import notices
        from cheaproute.ledger.ingest import silence  # where there is a cap

        if silence.mute(context.ledger, session, context.now_ms):
            return {"deny": notices.MUTE + notices.way_on(context)}
    answer = context.attempt("gate", lambda: _granted(desk, own, others, at_cap, asks=asks), answer)
    return answer if "deny" in answer else _closed(event, context) or answer


def _asks(event: Event) -> bool:
    """Whether something waits to begin: a request, or a tool whose guard would be one."""
    return isinstance(event.raw.get("flight"), dict) or event.name == "ModTool"


def _granted(desk: _Desk, own: int, others: int, at_cap: str, *, asks: bool) -> Answer:
    """What the books allow, with what is under way set aside."""
    context, session = desk.context, desk.session
    db = context.ledger
    with Immediate(db):
        reservations.drop(db, desk.pid, (FLIGHT, reservations.LEAVE))
        desk.hold(FLIGHT, others, FLIGHT_S)
        state = states.state(db, session, context.now_ms, unseen=context.unseen)
        why = _refusal(state, own, at_cap, context) if asks else ""
        if why:
            return {"deny": why, "grant": NONE}
        desk.hold(FLIGHT, own, FLIGHT_S)
        state = states.state(db, session, context.now_ms, unseen=context.unseen)
        leave = min(p.left for p in state.every if p.left is not None) // SHARE
        desk.hold(reservations.LEAVE, leave, LEAVE_S)
    grant = {"nano": leave, "seconds": LEAVE_S, "loops": desk.loops(), "weights": estimate.WEIGHTS}
    return {"grant": grant if leave else NONE}


def _closed(event: Event, context: Context) -> Answer:
    """The refusal of a request where something failed and the user wants gates to fail closed."""
    if context.trouble is None or not _asks(event):
        return {}
    from cheaproute.hook import answer as answers

    return {"deny": answers.CLOSED} if context.settings.get("on_error") == "closed" else {}


def cheap(context: Context, session: int) -> bool:
    """Whether the cap is reached and its action is to let all that may go to Haiku go there."""
    at_cap = gate.at_cap(context.section("cap").get("at_cap"), subscription=context.plan_pays)
    state = states.state(context.ledger, session, context.now_ms)
    return gate.decide(state, at_cap).action == "cheap"


class _Desk:
    """What the arithmetic of one question needs."""

    def __init__(self, context: Context, session: int) -> None:
        self.pid = os.getppid()
        self.context = context
        self.session = session

    def likely(self, told: dict[str, object]) -> int:
        """What a request is likely to cost."""
        context = self.context
        flight = estimate.Flight(told)
        return estimate.nano(flight, context.ledger, self.session, context.prices, context.now_ms)

    def hold(self, purpose: str, nano: int, seconds: int) -> None:
        """Set `nano` aside for the client's process."""
        if nano:
            context = self.context
            reservations.hold(
                context.ledger,
                nano,
                purpose,
                context.now_ms,
                session_id=self.session,
                life_ms=seconds * 1000,
                pid=self.pid,
            )

    def loops(self) -> dict[str, object]:
        """What the next request of each loop costs whose cache is warm: the leave is for those."""
        context = self.context
        warm: dict[str, object] = {}
        for agent, loop in loops.recent(context.ledger, self.session, context.now_ms):
            if loop.bytes and loop.warm(loop.ran, context.now_ms + LEAVE_S * 1000):
                told: dict[str, object] = {
                    "model": loop.ran, "bytes": loop.bytes, "agent": agent
                }  # fmt: skip
                longer = {**told, "bytes": loop.bytes + 4000}
                nano = self.likely(told)
                warm[agent] = {
                    **told, "nano": nano, "byte_nano": (self.likely(longer) - nano) / 4000
                }  # fmt: skip
        return warm


def _refusal(state: State, own: int, at_cap: str, context: Context) -> str:
    """Why a request that costs `own` may not leave; "" if it may."""
    verdict = gate.decide(state, at_cap)
    from cheaproute.cap import messages

    subscription, command = context.subscription, paths.command(context.env)
    if verdict.blocks:
        return messages.message(state, verdict, subscription=subscription, command=command)
    lefts = [p for p in state.every if p.left is not None]
    dear = [p for p in lefts if (p.left or 0) + state.beyond < own]
    if dear and at_cap == "block":
        return messages.too_dear(state, dear[0], own, subscription=subscription, command=command)
    return ""
