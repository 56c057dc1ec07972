"""Money set aside before it is spent, so that no two calls spend it twice.

A delegated call reserves (`reserve`), is booked as an estimate when it leaves (`sent`), and ends
with `settle`, when it is booked as answered, or `release`. The module's brain holds (`hold`) what
the client's requests under way may cost, until it drops it (`drop`). Either stops counting when its
time is over or its process is dead.
"""

from __future__ import annotations

import os
import time

from cheaproute import money
from cheaproute.cap import expected, periods, process_identity, state
from cheaproute.errors import CapReached
from cheaproute.ledger.schema import DELEGATED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# What the module may send without asking again is held for this; nobody has spent it yet.
LEAVE = "leave"
# A file beside the ledger; a leave that is older than it is worth nothing any more.
ENDED = "leaves_ended"
# Longer than any delegated call may take.
LIFE_MS = 15 * 60_000
# What was spent has to be booked, however busy the ledger.
PATIENCE_S = 60.0
_STEP_S = 0.05


def end_leaves(db: sqlite3.Connection) -> None:
    """A cap is reached: no client may go on by the leave it has in hand, whoever spent it."""
    place = state.data_dir(db)
    if place:
        path = os.path.join(place, ENDED)
        odd = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)  # a pipe, a link
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | odd, 0o600))
        os.utime(path)


def reserve(
    db: sqlite3.Connection,
    nano: int,
    purpose: str,
    now_ms: int,
    *,
    session_id: int = 0,
    life_ms: int = LIFE_MS,
    wait_s: float = 0.0,
    own: Collection[int] = (),
) -> int:
    """Set `nano` (what the call may cost) aside; the reservation's id. One transaction.

    `purpose` is one word for the user ('digest', 'ask'). `session_id` 0: of no session. Where only
    what others hold stands in the way (not `own`, the caller's other reservations), they are waited
    for within `wait_s`.

    Raises:
        CapReached: with this call a cap could be passed; nothing was set aside.
    """
    begin = time.monotonic()
    while True:
        waited_s = time.monotonic() - begin
        at_ms = now_ms + int(waited_s * 1000)
        with Immediate(db):
            short = _short(db, nano, at_ms, session_id, own)
            if short is None:
                return hold(db, nano, purpose, at_ms, session_id=session_id, life_ms=life_ms)
        if waited_s >= wait_s or not short.passes:
            raise CapReached(
                f"{purpose}: not called: it may cost {money.show(nano)}, and "
                f"{money.show(max(short.free, 0))} is left of {_named(short.name)} of "
                f"{money.show(short.limit)}: see `cheaproute cap`"
            )
        time.sleep(_STEP_S)


def hold(
    db: sqlite3.Connection,
    nano: int,
    purpose: str,
    now_ms: int,
    *,
    session_id: int = 0,
    life_ms: int = LIFE_MS,
    pid: int = 0,
) -> int:
    """Set `nano` aside without asking whether there is so much, for the process `pid` (0: this)."""
    pid = pid or os.getpid()
    cursor = db.execute(
        "INSERT INTO reservation(ts_ms, expires_ms, pid, started, session, nano, purpose)"
        " VALUES(?, ?, ?, ?, ?, ?, ?)",
        (now_ms, now_ms + life_ms, pid, process_identity.started(pid), session_id, nano, purpose),
    )
    assert cursor.lastrowid is not None  # noqa: S101  # an INSERT has one
    return cursor.lastrowid


def drop(db: sqlite3.Connection, pid: int, purposes: tuple[str, ...]) -> None:
    """End what was set aside for the process `pid` for any of `purposes`."""
    marks = ", ".join("?" * len(purposes))
    db.execute(
        f"DELETE FROM reservation WHERE pid = ? AND started = ? AND purpose IN ({marks})",  # noqa: S608
        (pid, process_identity.started(pid), *purposes),
    )


def settle(
    db: sqlite3.Connection,
    reservation: int,
    call: Call,
    *,
    prices: Prices,
    source: int = DELEGATED,
    session_id: int = 0,
    project_id: int = 0,
    estimate: str = "",
) -> None:
    """Book `call`, in place of its `estimate`, and end the reservation, in one transaction.

    A reservation that has expired meanwhile is no error: what was spent is booked.
    """
    from cheaproute.cap import sent
    from cheaproute.ledger.calls import record

    with Immediate(db, wait_s=PATIENCE_S):
        row = db.execute("SELECT purpose FROM reservation WHERE id = ?", (reservation,)).fetchone()
        if row is not None and call.final:
            expected.learn_output(db, row[0], call.output)
        release(db, reservation)
        sent.remove(db, estimate)
        record.put(
            db, call, source=source, prices=prices, session_id=session_id, project_id=project_id
        )


def release(db: sqlite3.Connection, reservation: int) -> None:
    """End a reservation whose call was not made or cost nothing. Twice is no error."""
    db.execute("DELETE FROM reservation WHERE id = ?", (reservation,))


def live(
    db: sqlite3.Connection,
    now_ms: int,
    *,
    prune: bool = False,
    besides: int = 0,
    purposes: str = "%",
) -> list[tuple[int, int]]:
    """(nano-dollars, session id) of each reservation that counts; `prune` deletes the others.

    What process `besides` holds is left out; `purposes` (LIKE) narrows what is looked at.
    """
    held = []
    for row, nano, session, pid in _counting(db, now_ms, prune=prune, purposes=purposes):
        if row and pid != besides:
            held.append((nano, session))
    return held


def orphaned(db: sqlite3.Connection, now_ms: int) -> list[int]:
    """The sessions of processes that were killed with something set aside."""
    rows = db.execute(
        "SELECT session, pid, started FROM reservation WHERE session > 0 AND expires_ms > ?",
        (now_ms,),
    ).fetchall()
    return sorted({one for one, pid, start in rows if not process_identity.alive(pid, start)})


def of(db: sqlite3.Connection, pid: int, purposes: str, now_ms: int) -> int:
    """What process `pid` holds for `purposes` (LIKE), in nano-dollars."""
    held = _counting(db, now_ms, prune=False, purposes=purposes)
    return sum(nano for _, nano, _, holder in held if holder == pid)


def _named(name: str) -> str:
    from cheaproute.cap.wording import BOUNDS

    bound = BOUNDS.get(name)
    return bound[0] if bound else f"the {periods.ADJECTIVES[name]} cap"


class _Short:
    """The cap that a call would pass; `passes`: others' reservations alone stand in the way."""

    __slots__ = ("free", "limit", "name", "passes")

    def __init__(self, name: str, limit: int, free: int, *, passes: bool) -> None:
        self.name = name
        self.limit = limit
        self.free = free
        self.passes = passes


def _short(
    db: sqlite3.Connection, nano: int, now_ms: int, session_id: int, own: Collection[int]
) -> _Short | None:
    short = None
    for name, (limit, free, others) in _frees(db, now_ms, session_id, own).items():
        if limit is not None and nano > free:
            one = _Short(name, limit, free, passes=nano <= free + others)
            if short is None or not one.passes:
                short = one
    return short


def _frees(
    db: sqlite3.Connection, now_ms: int, session_id: int, own: Collection[int]
) -> dict[str, tuple[int | None, int, int]]:
    """Of each period its limit, what is free of it, and what of it others hold."""
    held = _counting(db, now_ms, prune=True)
    found: dict[str, tuple[int | None, int, int]] = {}
    for at in state.state(db, session_id, now_ms).every:
        if at.limit is None or (at.name == "session" and not session_id):
            continue
        of_period = [one for one in held if at.name != "session" or one[2] == session_id]
        others = sum(nano for row, nano, _, _ in of_period if row not in own)
        found[at.name] = (at.limit, at.limit - at.used - at.reserved, others)
    return found


def _counting(
    db: sqlite3.Connection, now_ms: int, *, prune: bool, purposes: str = "%"
) -> list[tuple[int, int, int, int]]:
    """(id, nano-dollars, session, process) of each reservation that counts."""
    held = []
    for row, expires_ms, pid, start, session, nano in db.execute(
        "SELECT id, expires_ms, pid, started, session, nano FROM reservation WHERE purpose LIKE ?",
        (purposes,),
    ).fetchall():
        if expires_ms > now_ms and process_identity.alive(pid, start):
            held.append((row, nano, session, pid))
        elif prune:
            release(db, row)
    return held
