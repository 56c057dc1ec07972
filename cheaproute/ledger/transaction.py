"""All or nothing: one writer's transaction, without contextlib's generator on the hot path."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from types import TracebackType


class Immediate:
    """`with Immediate(db):` holds the write lock from the start; commits, on an error rolls back.

    From the start: a transaction that begins by reading may find, at its first write, that another
    process wrote in between, and SQLite then answers "database is locked" without waiting. Inside
    another transaction it is part of that one.
    """

    __slots__ = ("_db", "_outer")

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._outer = False

    def __enter__(self) -> sqlite3.Connection:
        self._outer = self._db.in_transaction
        if not self._outer:
            self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._outer:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")
