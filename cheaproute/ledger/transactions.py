"""All or nothing: one writer's transaction, in a queue that nobody starves in."""

from __future__ import annotations

import os
import time

from cheaproute.errors import LedgerBusy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from types import TracebackType
else:
    try:  # all of `sqlite3` but its converters for dates, which cost a hook 2 ms
        import _sqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["BUSY", "WAIT_S", "Immediate", "begin", "busy", "patiently", "sqlite3"]

# A hook has eight seconds; a transaction takes a millisecond or two.
WAIT_S = 6.0
# When this process stops waiting at all (`time.monotonic`): a hook's one budget for all its waits.
end_s = float("inf")
BUSY = "the ledger is busy with other sessions: try again in a moment"


class Immediate:
    """`with Immediate(db):` holds the write lock from the start; commits, on an error rolls back.

    From the start: a transaction that begins by reading may find, at its first write, that another
    process wrote in between, and SQLite then answers "database is locked" without waiting. Inside
    another transaction it is part of that one.
    """

    __slots__ = ("_db", "_outer", "_wait_s")

    def __init__(self, db: sqlite3.Connection, *, wait_s: float = 0) -> None:
        self._db = db
        self._wait_s = wait_s
        self._outer = False

    def __enter__(self) -> sqlite3.Connection:
        self._outer = self._db.in_transaction
        if not self._outer:
            begin(self._db, self._wait_s)
        return self._db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._outer:
            return
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:  # a full disk has rolled it back already
            self._db.execute("ROLLBACK")


def busy(error: sqlite3.Error) -> bool:
    """Whether another process's write stood in the way, and nothing is broken."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def begin(db: sqlite3.Connection, wait_s: float = 0) -> None:
    """Take the write lock, within `wait_s` (0: WAIT_S)."""
    patiently(db, "BEGIN IMMEDIATE", wait_s)


def patiently(db: sqlite3.Connection, statement: str, wait_s: float = 0) -> None:
    """Run `statement`, which others may lock out for a while, within `wait_s` (0: WAIT_S).

    SQLite's own waiting asks at longer and longer intervals, so that of fifty processes those that
    came last win and some starve for seconds; and the switch to WAL does not wait at all. Here all
    ask equally often, each at its own moments.

    Raises:
        LedgerBusy: the time is over.
    """
    [timeout] = db.execute("PRAGMA busy_timeout").fetchone()
    end = min(end_s, time.monotonic() + (wait_s or WAIT_S))
    db.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                db.execute(statement)
            except sqlite3.OperationalError as error:
                if not busy(error):
                    raise
                if time.monotonic() > end:
                    raise LedgerBusy(BUSY) from error
                # 2 to 17 ms; `random` would cost an import of ten.
                time.sleep(0.001 * (2 + (time.perf_counter_ns() // 1000 ^ os.getpid()) % 16))
            else:
                return
    finally:
        db.execute(f"PRAGMA busy_timeout = {timeout}")
