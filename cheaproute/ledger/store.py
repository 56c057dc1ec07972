"""The ledger's file: opened safely, brought up to date, never followed out of its directory."""

from __future__ import annotations

import os
import stat

from cheaproute.errors import LedgerBusy, LedgerError
from cheaproute.ledger import meta, schema
from cheaproute.ledger.transactions import BUSY, Connection, Immediate, busy, patiently, sqlite3

# Past this size the write-ahead log is carried over: reading it again costs each hook 0.5 ms a MB.
LOG_BYTES = 1 << 20
_TIDY_BUSY_MS = 100
_MOST_COPIED = 1 << 28


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
        if version < schema.VERSION:
            _migrate(db)
        elif version > schema.VERSION and not _works(db):
            db.close()
            raise LedgerError(
                f"{path}: the ledger is of version {version}, this cheaproute knows "
                f"{schema.VERSION}: update the plugin"
            )
        if version <= schema.VERSION and not schema.keeps_sums(db):
            _restore_triggers(db)
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


def in_memory() -> sqlite3.Connection:
    """An empty ledger that is nobody else's, and gone when it is closed."""
    db = sqlite3.connect(":memory:", isolation_level=None, factory=Connection)
    _migrate(db)
    return db


def _refuse_without_locks(path: str) -> None:
    """Where locks were seen to fail: nobody waits for them again until they were tried anew."""
    from cheaproute import kinds
    from cheaproute.ledger import locks

    directory = os.path.dirname(path)
    if locks.lacking(directory) or not locks.work(directory):
        raise kinds.no_locks(path)


def connect_read_only(path: str, reason: LedgerError) -> sqlite3.Connection:
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
    return sqlite3.connect(name, timeout=0, isolation_level=None, factory=Connection, uri=True)


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


def _works(db: sqlite3.Connection) -> bool:
    """Whether the newer version that migrated the ledger left it so that this code can go on.

    A migration that only adds says so in `meta`, for sessions that were running when it came: it
    puts the number of migrations that a reader must at least know under `works_with`.
    """
    row = db.execute("SELECT value FROM meta WHERE key = 'works_with'").fetchone()
    return row is not None and int(row[0]) <= schema.VERSION


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


def _migrate(db: sqlite3.Connection) -> None:
    """Run the missing migrations, one process at a time, all or nothing."""
    with Immediate(db):
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version, schema.VERSION):
            for statement in _statements(schema.migration(number + 1)):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {schema.VERSION}")


def _restore_triggers(db: sqlite3.Connection) -> None:
    """Put this version's triggers in the place of what somebody else did with them.

    A ledger without them, or with others, would count no call, or take it away again.
    """
    with Immediate(db):
        kinds = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
        for kind, name in db.execute(kinds).fetchall():
            db.execute('DROP {} IF EXISTS "{}"'.format(kind, name.replace('"', '""')))
        for number in range(schema.VERSION):
            for statement in _statements(schema.migration(number + 1)):
                if statement.lstrip().startswith(("CREATE TRIGGER", "DROP TRIGGER")):
                    db.execute(statement)
        meta.put(db, schema.SUMS_DUE, "1")


def _statements(script: str) -> list[str]:
    """The statements of `script`; `executescript` would commit behind our back."""
    statements, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements
