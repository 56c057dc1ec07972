"""Money set aside for a delegated call before it is made, so that no two calls spend it twice.

A reservation ends when the call is booked (`settle`) or was not made (`release`). One that nobody
ends stops counting when its process is dead or its time is over.
"""

from __future__ import annotations

import os
import sys

from cheaproute import money
from cheaproute.cap import limits, periods
from cheaproute.errors import CapReached
from cheaproute.ledger.schema import DELEGATED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# Longer than any delegated call may take.
LIFE_MS = 15 * 60_000
# What was spent has to be booked, however busy the ledger.
_PATIENCE_S = 60.0


def reserve(
    db: sqlite3.Connection,
    nano: int,
    purpose: str,
    now_ms: int,
    *,
    session_id: int = 0,
    life_ms: int = LIFE_MS,
) -> int:
    """Set `nano` (the call's worst case) aside; the reservation's id. One transaction.

    `purpose` is one word for the user ('digest', 'ask'). `session_id` 0: of no session.

    Raises:
        CapReached: with this call a cap could be passed; nothing was set aside.
    """
    keys = periods.keys(now_ms, session_id)
    with Immediate(db):
        held = live(db, now_ms, prune=True)
        for name, limit in limits.limits(db, keys).items():
            if limit.nano is None or (name == "session" and not session_id):
                continue
            of_period = sum(n for n, session in held if name != "session" or session == session_id)
            row = db.execute("SELECT cost_nano FROM spent WHERE period = ?", (keys[name],))
            free = limit.nano - of_period - (row.fetchone() or (0,))[0]
            if nano > free:
                raise CapReached(
                    f"{purpose}: not called: it may cost {money.show(nano)}, and "
                    f"{money.show(max(free, 0))} is left of the {periods.ADJECTIVES[name]} cap of "
                    f"{money.show(limit.nano)}: see `cheaproute cap`"
                )
        return hold(db, nano, purpose, now_ms, session_id=session_id, life_ms=life_ms)


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
        (now_ms, now_ms + life_ms, pid, started(pid), session_id, nano, purpose),
    )
    assert cursor.lastrowid is not None  # noqa: S101  # an INSERT has one
    return cursor.lastrowid


def drop(db: sqlite3.Connection, pid: int, purposes: tuple[str, ...]) -> None:
    """End what was set aside for the process `pid` for any of `purposes`."""
    marks = ", ".join("?" * len(purposes))
    db.execute(
        f"DELETE FROM reservation WHERE pid = ? AND started = ? AND purpose IN ({marks})",  # noqa: S608
        (pid, started(pid), *purposes),
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
) -> None:
    """Book `call` and end the reservation, in one transaction.

    A reservation that has expired meanwhile is no error: what was spent is booked.
    """
    from cheaproute.ledger.calls import record

    with Immediate(db, wait_s=_PATIENCE_S):
        release(db, reservation)
        record.put(
            db, call, source=source, prices=prices, session_id=session_id, project_id=project_id
        )


def release(db: sqlite3.Connection, reservation: int) -> None:
    """End a reservation whose call was not made or cost nothing. Twice is no error."""
    db.execute("DELETE FROM reservation WHERE id = ?", (reservation,))


def live(db: sqlite3.Connection, now_ms: int, *, prune: bool = False) -> list[tuple[int, int]]:
    """(nano-dollars, session id) of each reservation that counts; `prune` deletes the others."""
    held = []
    for row, expires_ms, pid, start, session, nano in db.execute(
        "SELECT id, expires_ms, pid, started, session, nano FROM reservation"
    ).fetchall():
        if expires_ms > now_ms and alive(pid, start):
            held.append((nano, session))
        elif prune:
            release(db, row)
    return held


def alive(pid: int, start: str) -> bool:
    """Whether the process that `started` called `start` may still run; in doubt it may."""
    here = _namespace()
    if sys.platform == "win32" or start.partition(" ")[0] != here:
        return True  # no way to ask without harm (Windows), or another container's process
    if here:
        return started(pid) == start
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def started(pid: int) -> str:
    """A word on process `pid` that no later process of that number shares, "" if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may hold spaces: state and start time are counted after it.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else f"{_namespace()} {fields[19].decode()}"


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
