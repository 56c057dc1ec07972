"""How much of each cap is used. Reads a few rows by key, never sums."""

from __future__ import annotations

import os

from cheaproute.cap import limits
from cheaproute.cap import periods as period
from cheaproute.cap.limits import Limit
from cheaproute.cap.periods import Period
from cheaproute.ledger.transactions import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.shared.elsewhere import Elsewhere

    _Limits = dict[str, Limit]


class State:
    """Every period, by name, and the one that binds: the fullest cap (None: no cap is set).

    `bounds` are limits that no command here raises: this machine's share of the month ('share'),
    its part of a team's budget ('team'). `every` are both, `left` is the least that one leaves
    (None: none is set), `team_at_cap` what the team's owner set, "" where there is no team.
    """

    __slots__ = (
        "allowed", "beyond", "binding", "bounds", "every", "left", "now_ms", "periods",
        "session_id", "team_at_cap",
    )  # fmt: skip

    def __init__(
        self,
        periods: dict[str, Period],
        now_ms: int,
        session_id: int,
        bounds: tuple[Period, ...] = (),
        team_at_cap: str = "",
        beyond: tuple[int, int] = (0, 0),
    ) -> None:
        self.periods = periods
        self.now_ms = now_ms
        self.session_id = session_id
        self.bounds = bounds
        self.every = (*periods.values(), *bounds)
        self.left = min((p.left for p in self.every if p.left is not None), default=None)
        self.team_at_cap = team_at_cap
        # Nano-dollars that this turn may spend past the caps: in all, and what is left of them.
        self.allowed, self.beyond = beyond
        limited = [p for p in self.every if p.limit is not None]
        self.binding = max(limited, key=lambda p: p.share) if limited else None

    def fits(self, nano: int) -> bool:
        """Whether `nano` could be spent if nothing were set aside for others."""
        lefts = ((p, max(0, p.limit - p.used)) for p in self.every if p.limit is not None)
        return all(left + self.past(p) >= max(nano, 1) for p, left in lefts)

    def past(self, at: Period) -> int:
        """What the turn may spend past this limit; a team's is its owner's word."""
        return 0 if at.name == "team" else self.beyond

    def room(self, at: Period) -> int:
        """What the session's next call may cost by this limit, which is set."""
        return at.room(self.past(at), self.periods["session"].reserved)

    def short(self, nano: int) -> list[Period]:
        """The limits that leave no room for a call of the session that may cost `nano`."""
        return [p for p in self.every if p.limit is not None and self.room(p) < nano]


def state(
    db: sqlite3.Connection,
    session: int | str,
    now_ms: int,
    *,
    besides: int = 0,
    unseen: int = 0,
    coming: _Limits | None = None,
) -> State:
    """The state of all caps. `session` is its uuid or its id in the ledger, "" or 0 for none.

    What process `besides` holds itself is not counted as reserved; `unseen` nano-dollars are spent
    and not in the ledger. `coming`: limits that a gate takes over first, for one who shows.
    """
    # One moment's view: a call that is settled between two reads would be in neither of them.
    alone = not db.in_transaction
    if alone:
        db.execute("BEGIN")
    try:
        number = session if isinstance(session, int) else _number(db, session)
        return _read(db, number, now_ms, besides, unseen, coming or {})
    finally:
        if alone:
            db.execute("COMMIT")


def _read(
    db: sqlite3.Connection, number: int, now_ms: int, besides: int, unseen: int, coming: _Limits
) -> State:
    keys = period.keys(now_ms, number)
    spent = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT period, cost_nano, unpriced FROM spent WHERE period IN (?, ?, ?)",
            tuple(keys.values()),
        )
    }
    if not number:  # calls of no session are counted under 0; they are nobody's session cap
        spent.pop(keys["session"], None)
    held = _held(db, now_ms, besides)
    place = data_dir(db)
    shared = _elsewhere(place)
    others, guessed = (shared.periods, shared.assumed) if shared else ({}, {})
    unwritten = (_hidden(db, keys), getattr(db, "beside", None) or {}, guessed)
    periods = {}
    for name, limit in (limits.limits(db, keys) | coming).items():
        cost, unpriced = spent.get(keys[name], (0, 0))
        cost = int(cost)  # an older version let sums be floats
        judged = _judged(db, keys[name], cost, limit, now_ms)
        periods[name] = Period(
            name,
            keys[name],
            before=cost - judged,
            spent=judged + others.get(keys[name], (0, 0))[0],
            elsewhere=others.get(keys[name], (0, 0))[0],
            unpriced=unpriced + others.get(keys[name], (0, 0))[1],
            reserved=sum(n for n, of in held if name != "session" or (of and of == number)),
            limit=limit.nano,
            extra=limit.extra,
            origin=limit.origin,
            reset_ms=period.reset_ms(name, now_ms),
            lower=shared is not None and keys[name] in shared.lower,
            assumed=unseen
            + sum(of.get(keys[name], 0) for of in unwritten)
            + (_unpriced(db, name, now_ms, number) if unpriced and limit.nano else 0),
        )
    try:
        own = periods["month"].assumed - guessed.get(keys["month"], 0)
        bounds, at_cap = _bounds(db, place, shared, periods["month"], own, number)
    except (sqlite3.Error, OSError, ValueError):  # whatever lies there: the user's caps stand
        bounds, at_cap = (), ""
    beyond = limits.beyond(db, number, periods["session"].spent, now_ms)
    return State(periods, now_ms, number, bounds, at_cap, beyond)


def _judged(db: sqlite3.Connection, key: str, spent_nano: int, limit: Limit, now_ms: int) -> int:
    """Of what was spent in the period, what the limit judges: not what was before it was set.

    That is looked at only where the limit is reached.
    """
    if limit.nano is None or spent_nano < limit.nano or not key.startswith("month:"):
        return spent_nano
    from cheaproute.ledger.query import coverage

    try:
        return coverage.judged(db, key, spent_nano, limit.nano, limit.set_ms, now_ms)
    except (sqlite3.Error, ValueError):
        return spent_nano


def _unpriced(db: sqlite3.Connection, name: str, now_ms: int, session: int) -> int:
    """What a period's calls without a price count as; nothing where that cannot be read."""
    from cheaproute.cap.fallback import unpriced  # seldom needed

    try:
        return unpriced.nano(db, name, now_ms, session)
    except sqlite3.Error:
        return 0


def _hidden(db: sqlite3.Connection, keys: dict[str, str]) -> dict[str, int]:
    """What calls that were written down nowhere count as; nothing where that cannot be read."""
    some = "SELECT 1 FROM meta WHERE key > 'hidden.' AND key < 'hidden/'"
    try:
        if db.execute(some).fetchone() is None:
            return {}
        from cheaproute.cap.fallback import hidden  # older clients' alone

        return hidden.nano(db, keys.values())
    except sqlite3.Error:
        return {}


def data_dir(db: sqlite3.Connection) -> str:
    """The directory of the ledger's file, where the words of other machines lie; "" for none."""
    try:
        file = db.execute("PRAGMA database_list").fetchone()[2] or ""
    except sqlite3.OperationalError:  # a name that is no UTF-8
        row = db.execute("SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE seq = 0")
        file = os.fsdecode(row.fetchone()[0])
    return os.path.dirname(file)


def _elsewhere(place: str) -> Elsewhere | None:
    """What is known of other machines; None for most, which share nothing."""
    if not place or not os.path.exists(f"{place}/elsewhere.json"):
        return None
    from cheaproute.cap.shared import elsewhere

    return elsewhere.read(place)


def _bounds(
    db: sqlite3.Connection,
    place: str,
    shared: Elsewhere | None,
    month: Period,
    assumed: int,
    session: int,
) -> tuple[tuple[Period, ...], str]:
    """The bounds that hold here, and what the team's owner set; most machines have none.

    `assumed` is what this machine alone is taken to have spent beside what its books say.
    """
    files = (f"{place}/lease.json", f"{place}/team.json")
    if not place or (shared is None and not any(map(os.path.exists, files))):
        return (), ""
    from cheaproute.cap.shared import bounds

    own = month.spent - month.elsewhere
    share = shared.share if shared else None
    found = bounds.of(db, place, month.key, own, month.limit, session, share)
    held = tuple(
        Period(one.name, one.key, spent=one.spent, limit=one.limit,
               reserved=month.reserved, assumed=assumed)
        for one in found
    )  # fmt: skip
    return held, next((one.at_cap for one in found if one.at_cap), "")


def _number(db: sqlite3.Connection, uuid: str) -> int:
    """The session's row id; 0 where it is unknown or cannot be read: the month still counts."""
    try:
        row = db.execute("SELECT id FROM session WHERE uuid = ?", (uuid,)).fetchone()
    except (sqlite3.Error, ValueError):  # ValueError: a lone surrogate
        return 0
    return row[0] if row else 0


def _held(db: sqlite3.Connection, now_ms: int, besides: int) -> list[tuple[int, int]]:
    """(nano-dollars, session) of what is reserved; nothing where that cannot be read."""
    try:
        if db.execute("SELECT 1 FROM reservation LIMIT 1").fetchone() is None:
            return []
        from cheaproute.cap import reservations  # seldom needed

        return reservations.live(db, now_ms, besides=besides)
    except sqlite3.Error:
        return []
