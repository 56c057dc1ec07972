"""What cannot be counted: rows that are skipped one by one, files and folders nobody may read.

Loaded only where there is such a thing.
"""

from __future__ import annotations

import os

from cheaproute.errors import of_the_code
from cheaproute.ledger.calls.record import Recorder
from cheaproute.ledger.ingest import writer
from cheaproute.ledger.transactions import Immediate, sqlite3
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cheaproute.ledger.calls.record import Place
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

# What a value may cause that cannot be stored or worked with; all else is the ledger's own trouble.
_OF_A_ROW = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


def is_of_a_row(error: Exception) -> bool:
    """Whether a row's values may have caused `error`."""
    return isinstance(error, _OF_A_ROW) and not of_the_code(error)


class Careful(Recorder):
    """Puts calls one by one: one that cannot be put is skipped, and the rest goes on."""

    def __init__(self, db: sqlite3.Connection, prices: Prices, path: str) -> None:
        super().__init__(db, prices)
        self._path = storable(path)

    def put(self, call: Call, place: Place, *, instead: str = "") -> bool:
        """As `Recorder.put`, alone."""
        try:
            with Immediate(self.db, alone=True):
                return super().put(call, place, instead=instead)
        except Exception as error:
            if not is_of_a_row(error):
                raise
            writer.skip(self.db, self._path, call.place, type(error).__name__)
            return False


def guard(
    db: sqlite3.Connection,
    write: Callable[..., None],
    look: Any,  # noqa: ANN401  # one file's new bytes, as `ingest` reads them
    with_: tuple[Any, ...],
) -> None:
    """Write down one file's rows, leaving out those that cannot be; inside a transaction."""
    recorder = Careful(db, with_[1], look.file.path)
    try:
        with Immediate(db, alone=True):
            write(db, [look], *with_, recorder)
    except Exception as error:
        if not is_of_a_row(error):
            raise
        # Not a call of it: what it says of itself. The file is passed over up to here.
        writer.skip(db, storable(look.file.path), look.file.offset, type(error).__name__)


def unreadable(db: sqlite3.Connection, found: Mapping[str, str], now_ms: int) -> None:
    """Keep what could not be read: sums say that they lack it."""
    with Immediate(db):
        db.executemany(
            "INSERT OR REPLACE INTO unreadable VALUES(?, ?, ?)",
            [(storable(path), why, now_ms) for path, why in found.items()],
        )


def look_again(db: sqlite3.Connection) -> None:
    """Forget the places that are gone, and the folders that can be looked into by now."""
    kept = [row[0] for row in db.execute("SELECT path FROM unreadable").fetchall()]
    mended = [
        (path,)
        for path in kept
        if not os.path.lexists(path) or (os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK))
    ]
    if mended:
        with Immediate(db):
            db.executemany("DELETE FROM unreadable WHERE path = ?", mended)
