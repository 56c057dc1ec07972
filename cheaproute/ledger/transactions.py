"""All or nothing: one writer's transaction, in a queue that nobody starves in.

SQLite's own waiting asks at longer and longer intervals, so that of fifty processes those that came
last win and some starve for seconds; and the switch to WAL does not wait at all. Here all ask
equally often, each at its own moments, and every wait of a process comes from one budget.
"""

from __future__ import annotations

import os
import sys
import time

from cheaproute.errors import LedgerBusy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any, TypeVar

    T = TypeVar("T")


def _sqlite3() -> Any:  # noqa: ANN401
    """`sqlite3` without what a hook has no use for, which is most of the time it takes to load.

    The library adds converters for dates to `_sqlite3`. That one imports `functools`, and with it
    collections and seven modules more, for `lru_cache` alone (CPython's Modules/_sqlite/module.c:
    `load_functools_lru_cache`); so it is given the C function that `lru_cache` is made of.
    """
    try:
        if "_sqlite3" not in sys.modules and "functools" not in sys.modules:
            from _functools import _lru_cache_wrapper as wrapper  # type: ignore[import-not-found]

            instead: Any = type(sys)("functools")
            instead.lru_cache = lambda size: lambda run: wrapper(run, size, False, tuple)  # noqa: FBT003
            sys.modules["functools"] = instead
            try:
                __import__("_sqlite3")
            finally:
                del sys.modules["functools"]
        return __import__("_sqlite3")
    except ImportError:  # another Python than CPython
        return __import__("sqlite3")


if not TYPE_CHECKING:
    sqlite3 = _sqlite3()

__all__ = ["BUSY", "WAIT_S", "Connection", "Immediate", "begin", "busy", "patiently", "sqlite3"]

# A transaction takes a millisecond or two.
WAIT_S = 6.0
_TRIES_S = 80  # tries in a second, on a machine that does little else
BUSY = "the ledger is busy with other sessions: try again in a moment"


class Budget:
    """How long this process waits for others' writes; a hook has little, a command has time.

    `end_s`: when it stops waiting at all (`time.monotonic`). `stall_s`: how long it waits while
    none of the others gets anything written, so that it is no queue; on a busy machine, where all
    are slow, as many tries as that takes else. `wait_s`: how long one write waits at most (0:
    WAIT_S). `stalled`: that was in vain. `wrote`: it had its turn.
    """

    end_s = float("inf")
    wait_s = 0.0
    stall_s = float("inf")
    stalled = False
    wrote = False


class Connection(sqlite3.Connection):
    """A connection that waits as all here do, also outside a transaction of its own.

    `mended`: what others had done to the ledger's triggers was undone as it was opened. `beside`:
    what other sessions could not have booked, nano-dollars by period (`cap/fallback/unbooked`).
    """

    mended = False
    beside: dict[str, int] | None = None

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401
        """As the library's."""
        run = super().execute
        try:
            return run(sql, parameters)
        except sqlite3.OperationalError as error:
            if self.in_transaction or not busy(error):
                raise
        return _in_turn(self, lambda: run(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """As the library's; all or nothing is the caller's matter."""
        if self.in_transaction:
            return super().executemany(sql, parameters)
        run, rows = super().executemany, list(parameters)
        return _in_turn(self, lambda: run(sql, rows))


class Immediate:
    """`with Immediate(db):` holds the write lock from the start; commits, on an error rolls back.

    From the start: a transaction that begins by reading may find, at its first write, that another
    process wrote in between, and SQLite then answers "database is locked" without waiting. Inside
    another transaction it is part of that one; `alone`, an error takes back no more than this part.
    """

    __slots__ = ("_alone", "_db", "_outer", "_wait_s")

    def __init__(self, db: sqlite3.Connection, *, wait_s: float = 0, alone: bool = False) -> None:
        self._db = db
        self._wait_s = wait_s
        self._alone = alone
        self._outer = False

    def __enter__(self) -> sqlite3.Connection:
        self._outer = self._db.in_transaction
        if not self._outer:
            begin(self._db, self._wait_s)
        elif self._alone:
            self._db.execute("SAVEPOINT part")
        return self._db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._outer:
            if self._alone and self._db.in_transaction:  # a full disk has rolled it back already
                if kind is not None:
                    self._db.execute("ROLLBACK TO part")
                self._db.execute("RELEASE part")
            return
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:
            self._db.execute("ROLLBACK")


def busy(error: BaseException) -> bool:
    """Whether another process's write stood in the way, and nothing is broken."""
    if isinstance(error, LedgerBusy):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_BUSY


def begin(db: sqlite3.Connection, wait_s: float = 0) -> None:
    """Take the write lock, within `wait_s` (0: what the budget says)."""
    patiently(db, "BEGIN IMMEDIATE", wait_s)


def patiently(db: sqlite3.Connection, statement: str, wait_s: float = 0) -> None:
    """Run `statement`, which others may lock out for a while, within `wait_s` (0: the budget's).

    Raises:
        LedgerBusy: the time is over.
    """
    try:
        _in_turn(db, lambda: sqlite3.Connection.execute(db, statement), wait_s)
    except sqlite3.OperationalError as error:
        if not busy(error):
            raise
        raise LedgerBusy(BUSY) from error
    Budget.wrote = True


def _in_turn(db: sqlite3.Connection, do: Callable[[], T], wait_s: float = 0) -> T:
    """What `do` answers, as soon as nobody stands in its way."""
    last = min(Budget.end_s, time.monotonic() + (wait_s or Budget.wait_s or WAIT_S))
    seen, moved, tries = -1, 0.0, 0
    while True:
        try:
            return do()
        except sqlite3.OperationalError as error:
            now, others = time.monotonic(), _commits(db)
            if others != seen:
                seen, moved, tries = others, now, 0
            tries += 1
            stalled = now > moved + Budget.stall_s and tries > _TRIES_S * Budget.stall_s
            if not busy(error) or now > last or stalled:
                Budget.stalled = Budget.stalled or stalled
                raise
        # 2 to 17 ms; `random` would cost an import of ten.
        time.sleep(0.001 * (2 + (time.perf_counter_ns() // 1000 ^ os.getpid()) % 16))


def _commits(db: sqlite3.Connection) -> int:
    """A number that changes as others write; 0 where not even that can be read."""
    try:
        row = sqlite3.Connection.execute(db, "PRAGMA data_version").fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0])
