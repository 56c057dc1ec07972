"""A ledger that cannot be opened as ever, read all the same: from a copy, or without locks."""

from __future__ import annotations

import os
import stat

from cheaproute.errors import LedgerError
from cheaproute.ledger.transactions import Connection, sqlite3

_MOST_COPIED = 1 << 28
# What one lacks that could not be migrated: it is read as if nothing had been written there yet.
_LACKING = (
    "PRAGMA temp_store = MEMORY",
    "CREATE TEMP TABLE loop_left(session, agent, ran, last_ms, ttl_s, bytes, prompt_tokens)",
    "CREATE TEMP VIEW loop AS SELECT *, '' AS own FROM main.loop",
)
_CAME_WITH = 13  # the migration


def connect(path: str, reason: LedgerError) -> sqlite3.Connection:
    """The ledger at `path` for reading alone, which needs neither room, nor locks, nor its version.

    Raises:
        LedgerError: it is not ours to trust, or cannot be read; `reason`, why it was not opened.
    """
    _check(path, reason)
    # What stands in the write-ahead log is seen only where its index can be used, or in a copy.
    # Where locks do not work they would only be waited for.
    ways = ["mode=ro", "copy", "immutable=1"][reason.kind == "no_locks" :]
    for way in ways:
        try:
            db = _copied(path) if way == "copy" else _opened(uri(path, way))
            db.execute("SELECT 1 FROM cap, spent LIMIT 1").fetchone()
        except (sqlite3.Error, OSError):
            continue
        return db
    raise reason


def _opened(name: str) -> sqlite3.Connection:
    db = sqlite3.connect(name, timeout=0, isolation_level=None, factory=Connection, uri=True)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for statement in _LACKING if version < _CAME_WITH else ():
        db.execute(statement)
    return db


def _copied(path: str) -> sqlite3.Connection:
    """The ledger with what stands in its log, as a copy that is gone when it is closed.

    Raises:
        OSError: there is no room for it, no log (then it need not be copied), or too much.
    """
    import shutil  # seldom needed
    import tempfile

    sizes = [os.stat(path + end).st_size for end in ("", "-wal")]
    if sum(sizes) > _MOST_COPIED:
        raise OSError(path)
    with tempfile.TemporaryDirectory(prefix="cheaproute-") as place:
        copy = os.path.join(place, "ledger.db")
        for end in ("", "-wal"):
            shutil.copyfile(path + end, copy + end)
        db = _opened(uri(copy, "mode=rw"))
        db.execute("SELECT 1 FROM cap LIMIT 1").fetchone()
        db.execute("PRAGMA query_only = 1")
        return db


def uri(path: str, mode: str = "mode=ro") -> str:
    """The file at the absolute `path` as SQLite's URI, opened as `mode` says."""
    name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{name}?{mode}"


def _check(path: str, reason: LedgerError) -> None:
    """Refuse a file that another user made, or could put others beside."""
    try:
        status = os.lstat(path)
        owners = {status.st_uid, os.stat(os.path.dirname(path)).st_uid}
    except OSError as error:
        raise reason from error
    ours = not hasattr(os, "getuid") or owners == {os.getuid()}
    if not (ours and stat.S_ISREG(status.st_mode)):
        raise reason
