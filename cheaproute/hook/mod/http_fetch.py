"""`http.fetch`: the cap's gate before a request leaves, and the leave to go without asking.

A leave holds for the dollars and seconds it names, and no longer than what is under way: the next
turn asks anew, by the caps that hold then. Those dollars, and what the requests under way are
likely to cost, are the client's reservations: every other gate sees them, and they end with it.
Where no cap stops anything nothing is set aside, and the leave outlives the turn.
"""

from __future__ import annotations

from cheaproute.cap import expected, limits, reservations
from cheaproute.cap import state as states
from cheaproute.cap.answers import gate
from cheaproute.config import paths
from cheaproute.hook.mod import estimate, record
from cheaproute.hook.turn_end import another_turn
from cheaproute.ledger.module import loops
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
# No agent has this name: of its requests nothing is known.
_NOBODY = "\0"
_LEAST_BYTES = 4_000
# No leave, and what was left of the one before is taken back: its dollars are no longer set aside.
NONE: Answer = {"nano": 0, "seconds": 0, "loops": {}}
# With no cap that stops anything: as good as for ever.
PLENTY: Answer = {"any": True, "nano": 10**15, "seconds": 300, "loops": {}}


def answer(event: Event, context: Context, session: int) -> Answer:
    """`deny` with the reason, or a new leave, or neither: then the next request asks again.

    A refusal may end with more of a team's budget, or news of other machines: those are asked for.
    """
    found = _judged(event, context, session)
    if _refused(found):
        from cheaproute.machines import rounds

        context.attempt("rounds", lambda: rounds.begin(context, pressing=True), None)
    return found


def _judged(event: Event, context: Context, session: int) -> Answer:
    context.take_up(event.session)
    if context.lost:
        context.attempt("meter", lambda: record.reread(event, context), None)
    at_cap = context.at_cap
    state = states.state(context.ledger, session, context.now_ms, unseen=context.unseen)
    if state.binding is None and not limits.known(context.ledger):  # none, or gone just now
        context.take_up(event.session)
        state = states.state(context.ledger, session, context.now_ms, unseen=context.unseen)
    if at_cap == "warn" or state.binding is None:
        return {"grant": PLENTY, "held": False} | _closed(event, context)
    desk, asked = _Desk(context, session), estimate.waiting(event)
    if state.allowed and any(one.get("agent") == "" for one in asked or ()):
        desk.another = another_turn.is_running(
            lambda: record.transcript(event.session, event, context), context, session, waits=True
        )
    own = [desk.likely(one) for one in asked or []]
    others = sum(map(desk.likely, estimate.under_way(event, asked or [])))
    why = ""
    if any(at.full for at in state.every):
        context.attempt("leaves", lambda: reservations.end_leaves(context.ledger), None)
        why = "" if asked is None else desk.why({}, state, 0, at_cap)
    if not why and at_cap == "block":
        from cheaproute.hook import notices
        from cheaproute.ledger.ingest import silence  # where there is a cap

        if silence.mute(context.ledger, session, context.now_ms):
            mute = notices.MUTE + notices.way_on(context)
            said = {} if asked is None else _said(event, [mute] * max(1, len(own)))
            return {**said, "grant": NONE}
    found: Answer = {}
    if why:  # whatever could not be written
        found = _said(event, [why] * max(1, len(asked or ()))) | {"grant": NONE}
    else:
        wants = None if asked is None else own or [0]
        try:
            found = _granted(event, desk, wants, others, at_cap)
        except Exception as error:  # noqa: BLE001  # what is known is judged, nothing is set aside
            context.fail("gate", error)
            found = _unwritten(event, desk, wants, others, at_cap)
        found = found if _refused(found) else found | _closed(event, context)
    return found


def _said(event: Event, denies: list[str], waits: list[bool] | None = None) -> Answer:
    """What is answered to those that ask: to each its own refusal, "" for none."""
    if "asked" in event.raw:
        return {"denies": denies, "waits": waits or [False] * len(denies)}
    return {"deny": denies[0]} if denies[0] else {}


def _refused(answer: Answer) -> bool:
    """Whether the answer refuses anything."""
    denies = answer.get("denies")
    return "deny" in answer or (isinstance(denies, list) and any(denies))


def _granted(
    event: Event, desk: _Desk, wants: list[int] | None, others: int, at_cap: str
) -> Answer:
    """What the books allow of `wants` (None: nothing is asked), with what is under way set aside.

    One that only has to wait for what others hold is told so.
    """
    context, session = desk.context, desk.session
    db = context.ledger
    denies, waits = [], []
    asked = estimate.waiting(event) or [{}]
    with Immediate(db):
        reservations.drop(db, desk.pid, (FLIGHT, reservations.LEAVE))
        held = desk.hold(FLIGHT, others, FLIGHT_S)
        for one, nano in zip(asked, wants or (), strict=False):
            state = states.state(db, session, context.now_ms, unseen=context.unseen)
            why = desk.why(one, state, nano, at_cap)
            wait = bool(why) and state.fits(nano)
            if not why and at_cap == "block" and "asked" in event.raw and expected.near(db, state):
                from cheaproute.cap import burst  # seldom

                why, wait = burst.behind_first(db, state, FLIGHT, desk.pid), True
            denies.append(why)
            waits.append(bool(why) and wait)
            if not why:
                held = desk.hold(FLIGHT, nano, FLIGHT_S) or held
        said = _said(event, denies, waits) if denies else {}
        if any(denies) or not estimate.is_busy(event):
            return {**said, "grant": NONE, "held": held}
        state = states.state(db, session, context.now_ms, unseen=context.unseen)
        leave = min(p.left for p in state.every if p.left is not None) // SHARE
        leave = 0 if context.stands_in else leave  # nobody else would see it
        held = desk.hold(reservations.LEAVE, leave, LEAVE_S) or held
    grant = {
        "near": expected.near(db, state), "nano": leave, "seconds": LEAVE_S, "loops": desk.loops(),
        "fresh": desk.fresh(), "first_bytes": estimate.FIRST_BYTES, "weights": estimate.WEIGHTS,
    }  # fmt: skip
    return {**said, "grant": grant if leave else NONE, "held": held}


def _unwritten(
    event: Event, desk: _Desk, wants: list[int] | None, others: int, at_cap: str
) -> Answer:
    """The same by the books as they can be read: nothing is set aside, there is no leave."""
    context, denies, waits = desk.context, [], []
    db, now_ms, gone = context.ledger, context.now_ms, context.unseen + others
    plain = states.state(db, desk.session, now_ms, besides=desk.pid, unseen=context.unseen)
    for one, nano in zip(estimate.waiting(event) or [{}], wants or (), strict=False):
        state = states.state(db, desk.session, now_ms, besides=desk.pid, unseen=gone)
        denies.append(desk.why(one, state, nano, at_cap))
        waits.append(bool(denies[-1]) and plain.fits(nano))
        gone += 0 if denies[-1] else nano
    return (_said(event, denies, waits) if denies else {}) | {"grant": NONE}


def _closed(event: Event, context: Context) -> Answer:
    """No leave where something failed and gates are to fail closed; to those that ask a refusal."""
    if context.trouble is None or context.settings.get("on_error") != "closed":
        return {}
    from cheaproute.hook import notices

    asked = estimate.waiting(event)
    why = [] if asked is None else [notices.unchecked(context)] * max(1, len(asked))
    return (_said(event, why) if why else {}) | {"grant": NONE}


class _Desk:
    """What the arithmetic of one question needs."""

    def __init__(self, context: Context, session: int) -> None:
        self.pid = context.client_pid
        self.context = context
        self.session = session
        self.another = False  # whether the main loop is in another turn than that of `cap finish`

    def why(self, told: dict[str, object], state: State, nano: int, at_cap: str) -> str:
        """Why a request may not leave that may cost `nano`; "" where it may."""
        context, other = self.context, self.another and told.get("agent") == ""
        if other:
            state.allowed = state.beyond = 0
        if nano and not estimate.size(told) and state.short(nano):
            nano = max(nano, self.first(told))  # a step's: nothing was said of its length
        why = gate.refusal(
            context.ledger, state, nano, at_cap, goes_on=lambda: not context.is_one_run,
            subscription=lambda: context.plan_pays, command=lambda: paths.command(context.env),
            here=context.shows_dialogs, config=context.config_way, prices=lambda: context.prices,
            need=lambda: self.first(told),
        )  # fmt: skip
        return another_turn.named(why) if other else why

    def first(self, told: dict[str, object]) -> int:
        """What the main loop's first request is likely to cost; 0 once it was answered."""
        context = self.context
        return estimate.first(told, context.ledger, self.session, context.prices, context.now_ms)

    def likely(self, told: dict[str, object], in_s: int = 0) -> int:
        """What a request that leaves in so many seconds is likely to cost."""
        context, flight = self.context, estimate.Flight(told)
        at_ms = context.now_ms + in_s * 1000
        return estimate.nano(flight, context.ledger, self.session, context.prices, at_ms)

    def hold(self, purpose: str, nano: int, seconds: int) -> bool:
        """Set `nano` aside for the client's process; whether there was anything to set aside."""
        if nano:
            context = self.context
            reservations.hold(
                context.ledger, nano, purpose, context.now_ms,
                session_id=self.session, life_ms=seconds * 1000, pid=self.pid,
            )  # fmt: skip
        return nano != 0

    def loops(self) -> dict[str, object]:
        """What the next request of each loop costs, by what is cached when the leave ends."""
        context = self.context
        recent = loops.recent(context.ledger, self.session, context.now_ms)
        return {
            agent: self._price({"model": loop.ran, "bytes": loop.bytes, "agent": agent})
            for agent, loop in recent
            if loop.bytes
        }

    def fresh(self) -> dict[str, object]:
        """What a request of a loop or a helper costs that nothing is known of, by its model."""
        context = self.context
        recent = loops.recent(context.ledger, self.session, context.now_ms)
        models = {loop.ran for _, loop in recent} | set(context.section("models").values())
        return {
            str(model): self._price({"model": model, "bytes": _LEAST_BYTES, "agent": _NOBODY})
            for model in models
        }

    def _price(self, told: dict[str, object]) -> dict[str, object]:
        """The cost of such a request at the leave's end, and that of each byte more."""
        nano = self.likely(told, LEAVE_S)
        size = estimate.size(told)
        each = max(
            (self.likely({**told, "bytes": size + more}, LEAVE_S) - nano) / more
            for more in (_LEAST_BYTES, estimate.WINDOW_TOKENS * estimate.BYTES_A_TOKEN)
        )
        return {**told, "nano": nano, "byte_nano": each}
