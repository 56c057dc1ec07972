"""How much of each cap is used, and what follows from it. Reads a few rows by key, never sums."""

from __future__ import annotations

from cheaproute.cap import limits
from cheaproute.cap import periods as period
from cheaproute.cap import reservations as reserving
from cheaproute.cap.reservations import release, reserve, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

__all__ = ["Period", "State", "Verdict", "gate", "release", "reserve", "settle", "state"]

# In the mode `cheap` the cap may be passed by a tenth before it blocks.
CHEAP_CEILING = 1.1


class Period:
    """One cap's state. Amounts are nano-dollars, times UTC milliseconds."""

    __slots__ = (
        "extra",
        "key",
        "limit",
        "name",
        "origin",
        "reserved",
        "reset_ms",
        "spent",
        "unpriced",
    )

    def __init__(
        self,
        name: str,
        key: str,
        *,
        spent: int = 0,
        unpriced: int = 0,
        reserved: int = 0,
        limit: int | None = None,
        extra: int = 0,
        origin: str = "",
        reset_ms: int | None = None,
    ) -> None:
        self.name = name  # 'month', 'day', 'session'
        self.key = key  # 'month:2026-11'
        self.spent = spent
        self.unpriced = unpriced  # calls of unknown price: `spent` is a lower bound
        self.reserved = reserved
        self.limit = limit  # with `extra`; None: no cap
        self.extra = extra
        self.origin = origin
        self.reset_ms = reset_ms

    @property
    def reached(self) -> bool:
        """Whether the limit is used up, by what is spent and what calls in flight may cost."""
        return self.limit is not None and self.spent + self.reserved >= self.limit

    @property
    def share(self) -> float:
        """(Spent + reserved) / limit; 0 without a limit."""
        return (self.spent + self.reserved) / self.limit if self.limit else 0.0

    @property
    def left(self) -> int | None:
        """What may still be spent; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.spent - self.reserved)


class State:
    """Every period, by name, and the one that binds: the fullest cap (None: no cap is set)."""

    __slots__ = ("binding", "now_ms", "periods", "session_id")

    def __init__(self, periods: dict[str, Period], now_ms: int, session_id: int) -> None:
        self.periods = periods
        self.now_ms = now_ms
        self.session_id = session_id
        limited = [p for p in periods.values() if p.limit is not None]
        self.binding = max(limited, key=lambda p: p.share) if limited else None

    def within(self, nano: int) -> bool:
        """Whether some cap has less than `nano` left."""
        return any(p.left is not None and p.left < nano for p in self.periods.values())


class Verdict:
    """What a gate does: `action` is 'none', 'warn', 'cheap' or 'block'; `period` is why."""

    __slots__ = ("action", "period")

    def __init__(self, action: str, period: Period | None) -> None:
        self.action = action
        self.period = period


def state(db: sqlite3.Connection, session: int | str, now_ms: int) -> State:
    """The state of all caps. `session` is its uuid or its id in the ledger, "" or 0 for none."""
    # One moment's view: a call that is settled between two reads would be in neither of them.
    alone = not db.in_transaction
    if alone:
        db.execute("BEGIN")
    try:
        return _read(db, session, now_ms)
    finally:
        if alone:
            db.execute("COMMIT")


def _read(db: sqlite3.Connection, session: int | str, now_ms: int) -> State:
    if isinstance(session, str):
        row = db.execute("SELECT id FROM session WHERE uuid = ?", (session,)).fetchone()
        session = row[0] if row else 0
    keys = period.keys(now_ms, session)
    spent = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT period, cost_nano, unpriced FROM spent WHERE period IN (?, ?, ?)",
            tuple(keys.values()),
        )
    }
    if not session:  # calls of no session are counted under 0; they are nobody's session cap
        spent.pop(keys["session"], None)
    held = reserving.live(db, now_ms)
    periods = {}
    for name, limit in limits.limits(db, keys).items():
        cost, unpriced = spent.get(keys[name], (0, 0))
        periods[name] = Period(
            name,
            keys[name],
            spent=cost,
            unpriced=unpriced,
            reserved=sum(n for n, of in held if name != "session" or (of and of == session)),
            limit=limit.nano,
            extra=limit.extra,
            origin=limit.origin,
            reset_ms=period.reset_ms(name, now_ms),
        )
    return State(periods, now_ms, session)


def gate(state: State, at_cap: str) -> Verdict:
    """What to do before the next call: `at_cap` is 'block', 'cheap' or 'warn' (not 'auto').

    What is reserved counts: so sessions pass a cap by no more than their own calls in flight.
    """
    binding = state.binding
    if binding is None or not binding.reached:
        return Verdict("none", None)
    if at_cap == "cheap":
        return Verdict("block" if binding.share >= CHEAP_CEILING else "cheap", binding)
    return Verdict("warn" if at_cap == "warn" else "block", binding)
