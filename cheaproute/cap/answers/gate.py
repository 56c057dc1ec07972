"""What the next call may do: the judgement on what is known.

It writes nothing but, in its caller's transaction, what was refused though no cap is reached.
"""

from __future__ import annotations

from cheaproute.cap.state import State
from cheaproute.cap.state import state as state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from cheaproute.cap.periods import Period
    from cheaproute.usage.prices import Prices

# In the mode `cheap` the cap may be passed by a tenth before it blocks.
CHEAP_CEILING = 1.1


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


def judge(
    db: sqlite3.Connection,
    session: int | str,
    now_ms: int,
    setting: str,
    *,
    subscription: Callable[[], bool],
    besides: int = 0,
    command: str = "cheaproute",
    unseen: int = 0,
    turn: bool = True,
    goes_on: Callable[[], bool] = lambda: True,
    here: Callable[[int], bool] = lambda _: False,
    config: Callable[[], str] = lambda: "",
    prices: Callable[[], Prices | None] = lambda: None,
) -> Verdict:
    """What the totals in `db` say about the next call of `session`, with the text for the user.

    `setting` is the user's `cap.at_cap`; who pays is asked only where a cap is reached. `besides`
    is a process whose own grants do not count, `unseen` what is spent and not in the ledger, `turn`
    whether the call may be of the one turn that was allowed past the caps, `command` how the user's
    terminal finds us, `config` what a person edits who may have none ("": has one), `goes_on`
    whether the session may have a next turn, `here` whether in that session a person may type what
    lets it go on, `prices` (None: the shipped table) what its next call is priced by.
    Reads a few rows, also where nothing can be written.
    """
    state = state_of(db, session, now_ms, besides=besides, unseen=unseen)
    if not turn:
        state.allowed = state.beyond = 0
    if state.binding is None or not state.binding.reached:
        return Verdict(state, "none", None)
    pays = subscription()
    verdict = decide(state, at_cap(setting, subscription=pays))
    if verdict.action != "none":
        verdict.message = _message(
            db,
            verdict,
            goes_on=goes_on(),
            here=here,
            subscription=pays,
            command=command,
            config=config(),
            prices=prices() if verdict.blocks else None,
        )
    return verdict


def decide(state: State, at_cap: str) -> Verdict:
    """What to do before the next call: `at_cap` is 'block', 'cheap' or 'warn' (not 'auto').

    What is reserved counts: so sessions pass a cap by no more than their own calls in flight.
    """
    binding = state.binding
    if state.beyond:  # past the user's own caps, not past a team's
        binding = next((p for p in state.bounds if p.name == "team" and p.limit is not None), None)
    if binding is None or not binding.reached:
        return Verdict(state, "none", None)
    if binding.name == "team":  # its owner's word, not this user's
        at_cap = state.team_at_cap
    if at_cap == "cheap":
        return Verdict(state, "block" if binding.share >= CHEAP_CEILING else "cheap", binding)
    return Verdict(state, "warn" if at_cap == "warn" else "block", binding)


def refusal(
    db: sqlite3.Connection,
    state: State,
    nano: int,
    at_cap: str,
    *,
    subscription: Callable[[], bool],
    command: Callable[[], str],
    goes_on: Callable[[], bool] = lambda: True,
    here: Callable[[int], bool] = lambda _: False,
    config: Callable[[], str] = lambda: "",
    prices: Callable[[], Prices | None] = lambda: None,
    need: Callable[[], int] = lambda: 0,
) -> str:
    """Why a request that is likely to cost `nano` may not leave; "" if it may.

    Who pays, what the user's terminal knows us by, and what the session is known to need besides
    (nano-dollars) is asked only where it is said.
    """
    verdict = decide(state, at_cap)
    if not verdict.blocks and not (at_cap == "block" and state.short(nano)):
        return ""
    return _message(
        db,
        verdict,
        goes_on=goes_on(),
        here=here,
        subscription=subscription(),
        command=command(),
        config=config(),
        prices=prices(),
        nano=nano,
        need=need() if nano else 0,
    )


def _message(
    db: sqlite3.Connection,
    verdict: Verdict,
    *,
    goes_on: bool,
    here: Callable[[int], bool],
    subscription: bool,
    command: str,
    config: str,
    prices: Prices | None = None,
    nano: int = 0,
    need: int = 0,
) -> str:
    """The text for the user: a cap is reached, or is short of what a request costs, `nano`."""
    from cheaproute.cap import expected, wording
    from cheaproute.cap.answers import messages, refused  # most calls have nothing to say
    from cheaproute.cap.needs.way import Way
    from cheaproute.ledger.query import sessions

    state = verdict.state
    wording.bound(db, state.periods.values())
    session = sessions.typeable(db, state.session_id)
    way = Way(command, session, turn=goes_on, here=here(state.session_id), config=config)
    if verdict.blocks or nano:
        likely = expected.next_call(db, state.session_id, state.now_ms, prices)
        way.need = verdict.need = max(nano, need, likely)
    if not verdict.blocks and nano:
        if db.in_transaction:
            refused.note(db, state.session_id, nano, state.now_ms)
        return messages.too_dear(state, nano, way, subscription=subscription)
    return messages.message(state, verdict, way, subscription=subscription)


def at_cap(setting: object, *, subscription: bool) -> str:
    """`block`, `cheap` or `warn`: the setting `cap.at_cap`; `auto` warns on a plan, else blocks."""
    if setting in ("block", "cheap", "warn"):
        return str(setting)
    return "warn" if subscription else "block"
