"""The ledger's file: opened safely, brought up to date, never followed out of its directory."""

from __future__ import annotations

import os
import stat

from cheaproute.errors import LedgerBusy, LedgerError
from cheaproute.ledger import schema
from cheaproute.ledger.transactions import BUSY, Connection, busy, patiently, sqlite3

# Past this size the write-ahead log is carried over: reading it again costs each hook 0.5 ms a MB.
LOG_BYTES = 1 << 20
_TIDY_BUSY_MS = 100


def connect(path: str) -> Connection:
    """The ledger at `path`, created or migrated as needed, in autocommit mode.

    Raises:
        LedgerError: the file is another user's, a link, corrupt, or from a newer version.
    """
    directory = os.path.dirname(path)
    if os.path.exists(os.path.join(directory, "locks.failed")):
        _refuse_without_locks(path)
    fresh = _prepare(path)
    try:
        db = sqlite3.connect(path, timeout=0, isolation_level=None, factory=Connection)
        if fresh:
            patiently(db, "PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != schema.VERSION and not _brought(db, version):
            db.close()
            raise LedgerError(
                f"{path}: the ledger is of version {version}, this cheaproute knows "
                f"{schema.VERSION}: update the plugin"
            )
        if version <= schema.VERSION and not schema.keeps_sums(db):
            from cheaproute.ledger import migrate  # seldom

            migrate.restore_triggers(db)
            db.mended = True
    except (sqlite3.DatabaseError, LedgerBusy) as error:
        from cheaproute import kinds
        from cheaproute.ledger import locks

        if busy(error):
            if not locks.work(directory):
                raise kinds.no_locks(path) from error
            raise LedgerBusy(BUSY) from error
        raise kinds.ledger(error, path) from error
    return db


def _brought(db: sqlite3.Connection, version: int) -> bool:
    """Whether a ledger of another `version` is now one that this code can go on with."""
    from cheaproute.ledger import migrate  # once a version

    if version > schema.VERSION:
        return migrate.goes_on_with(db)
    migrate.run(db)
    return True


def in_memory() -> sqlite3.Connection:
    """An empty ledger that is nobody else's, and gone when it is closed."""
    from cheaproute.ledger import migrate

    db = sqlite3.connect(":memory:", isolation_level=None, factory=Connection)
    migrate.run(db)
    return db


def _refuse_without_locks(path: str) -> None:
    """Where locks were seen to fail: nobody waits for them again until they were tried anew."""
    from cheaproute import kinds
    from cheaproute.ledger import locks

    directory = os.path.dirname(path)
    if locks.lacking(directory) or not locks.work(directory):
        raise kinds.no_locks(path)


def tidy(db: sqlite3.Connection, path: str) -> None:
    """Carry a grown write-ahead log over into the ledger at `path`; for one who will not close it.

    A passive checkpoint is not enough: who opens the ledger after a process that did not close it
    reads the whole log anew and appends to it, so it would grow for ever. In doubt it is left to
    the next.
    """
    try:
        if os.stat(path + "-wal").st_size > LOG_BYTES:
            db.execute(f"PRAGMA busy_timeout = {_TIDY_BUSY_MS}")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except (OSError, sqlite3.Error):
        return


def _prepare(path: str) -> bool:
    """Make the directory (0700) and the file (0600); whether the file is new.

    The file is looked at, not opened: closing a second handle would drop SQLite's own locks.
    """
    directory = os.path.dirname(path)
    try:
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            os.close(os.open(path, flags, 0o600))
            status = os.lstat(path)
        _keep_private(directory)
    except OSError as error:
        from cheaproute import kinds

        raise kinds.ledger(error, path) from error
    if not stat.S_ISREG(status.st_mode):
        raise LedgerError(f"{path}: not a regular file: move it away")
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise LedgerError(f"{path}: belongs to another user: move it away")
    return status.st_size == 0


def _keep_private(directory: str) -> None:
    """Let nobody else put files beside the ledger (SQLite would open them), or refuse to work."""
    status = os.stat(directory)
    if not hasattr(os, "getuid"):
        return
    if status.st_uid != os.getuid():
        raise LedgerError(f"{directory}: belongs to another user: set CHEAPROUTE_HOME elsewhere")
    if status.st_mode & 0o022:
        os.chmod(directory, stat.S_IMODE(status.st_mode) & ~0o022)
