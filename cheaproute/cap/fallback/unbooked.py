"""What sessions spent that the ledger could not be told: where it is read-only, held or unreadable.

Each writes what it knows, ids and counts alone, into a file of its own, in a folder of the user's
outside every home (`paths.beside_dirs`). Gates count the others' in; who can write the ledger takes
them in, once by request id, and takes the files away.
"""

from __future__ import annotations

import os
import stat
import time

from cheaproute import atomic, days, fastjson
from cheaproute.errors import ConfigError
from cheaproute.ledger.schema import BY_REQUEST
from cheaproute.ledger.transactions import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    Told = dict[str, object]
    Periods = Callable[[int], dict[str, str]]

SESSION = "session"
_MOST_BYTES = 1 << 23
_KEPT_S = 62 * 86_400


class Kept:
    """What one session could not have booked: the client's records of its answered requests."""

    __slots__ = ("calls", "cwd", "path", "session", "stamp")

    def __init__(self, session: str, cwd: str, calls: Sequence[Told]) -> None:
        self.session = session
        self.cwd = cwd
        self.calls = calls
        self.path, self.stamp = "", (0, 0)


def take_in(folders: Sequence[str], book: Callable[[Kept], None]) -> bool:
    """Have `book` put what lies there into the ledger, and then nothing lies there; True.

    Raises what `book` does.
    """
    for one in read(folders):
        book(one)
        _forget(one)
    return True


def forget(folders: Sequence[str]) -> None:
    """Take away what lies there, and the folders."""
    for one in read(folders):
        _forget(one)


def meet(
    db: sqlite3.Connection,
    folders: Sequence[str],
    own: Kept,
    periods: Periods,
    *,
    known: bool = False,
) -> None:
    """Write down what `own` brings, and have what others wrote count in `db.beside`.

    `periods`: those of a time (0: unknown), by name; `known`: what the session itself wrote is
    counted by other means.

    Raises:
        OSError, ConfigError: none of the folders is ours alone and can be written.
    """
    found = read(folders)
    if isinstance(db, Connection):
        db.beside = _spent(db, found, own, periods, known=known)
    if own.calls:
        _keep(folders, own, next((one for one in found if one.session == own.session), None))


def read(folders: Sequence[str]) -> list[Kept]:
    """What sessions have written there; nothing where others could have."""
    return [
        kept
        for folder in folders
        if _is_ours(os.path.dirname(folder)) and _is_ours(folder)
        for name in sorted(os.listdir(folder))
        if (kept := _read(folder, name))
    ]


def _read(folder: str, name: str) -> Kept | None:
    path = os.path.join(folder, name)
    try:
        status = os.lstat(path)
        if time.time() - status.st_mtime > _KEPT_S:
            os.unlink(path)
            return None
        told = fastjson.read(path, _MOST_BYTES)
        calls = [one for one in told["calls"] if isinstance(one, dict)]
        kept = Kept(str(told["session"]), str(told["cwd"]), calls)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    kept.path, kept.stamp = path, (status.st_ino, status.st_mtime_ns)
    return kept


def _keep(folders: Sequence[str], own: Kept, before: Kept | None) -> None:
    """Write `own` down, with what it had written `before` and does not bring any more."""
    if not own.session.replace("-", "").isalnum():
        return
    brought = {one.get("request_id") for one in own.calls}
    former = before.calls if before else ()
    calls = [*(one for one in former if one.get("request_id") not in brought), *own.calls]
    told = {"session": own.session, "cwd": own.cwd, "calls": calls}
    for folder in folders:
        try:
            _make(folder)
            path = os.path.join(folder, f"{own.session}.json")
            atomic.write(path, fastjson.dumps(told).encode(), 0o600)
        except (OSError, ConfigError):
            if folder == folders[-1]:
                raise
        else:
            return


def _make(folder: str) -> None:
    """See to it that it is there, and ours.

    Raises:
        OSError: it cannot be.
    """
    for place in (os.path.dirname(folder), folder):
        try:
            os.mkdir(place, 0o700)
        except FileExistsError:
            if not _is_ours(place):
                raise


def _forget(kept: Kept) -> None:
    """Take a file away that was taken in, unless its session has written another since."""
    try:
        status = os.lstat(kept.path)
        if (status.st_ino, status.st_mtime_ns) == kept.stamp:
            os.unlink(kept.path)
        folder = os.path.dirname(kept.path)
        os.rmdir(folder)
        os.rmdir(os.path.dirname(folder))
    except OSError:  # others are still there
        return


def _is_ours(place: str) -> bool:
    """Whether it is a directory of the user's that nobody else may write or read."""
    try:
        status = os.lstat(place)
    except OSError:
        return False
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    return private and status.st_uid == os.getuid()


def _spent(
    db: sqlite3.Connection, found: Sequence[Kept], own: Kept, periods: Periods, *, known: bool
) -> dict[str, int]:
    """Nano-dollars by period (its session's: what it wrote itself) in no books and not told here.

    What two have written, as where one took up the other's, counts once.
    """
    spent: dict[str, int] = {}
    seen = {one.get("request_id") for one in own.calls}
    for kept in found:
        mine = kept.session == own.session
        # What a hook made of the transcript, in one sum, and what the module told, call by call.
        summed: dict[str, int] = {}
        told: dict[str, int] = {}
        for one in kept.calls if not (mine and known) else ():
            request, micros = one.get("request_id"), one.get("cost_usd_micros")
            named = isinstance(request, str) and request != ""
            is_known = (request in seen or _is_booked(db, request)) if named else mine
            if type(micros) is not int or is_known:
                continue
            seen |= {request} if named else set()
            for name, key in periods(days.parse_ms(one.get("at"))).items():
                if name != SESSION or mine:
                    of = told if named else summed
                    of[key] = of.get(key, 0) + 1000 * max(0, micros)
        for key in {**told, **summed}:
            spent[key] = spent.get(key, 0) + max(told.get(key, 0), summed.get(key, 0))
    return spent


def _is_booked(db: sqlite3.Connection, request: object) -> bool:
    found = db.execute(f"SELECT 1 FROM call WHERE {BY_REQUEST} LIMIT 1", (request,))  # noqa: S608
    return found.fetchone() is not None
