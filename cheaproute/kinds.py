"""What kind of trouble an error is; the kind picks the words, each with its own cure."""

from __future__ import annotations

import errno
import os

from cheaproute.errors import CheaprouteError, LedgerBusy, LedgerError

CORRUPT, NO_LOCKS, OLD_SQLITE = "corrupt", "no_locks", "old_sqlite"
READ_ONLY, NO_RIGHTS, FULL, BUSY, DISK = "read_only", "no_rights", "full", "busy", "disk"
NO_PLACE, BOUNDED, IN_PIECES = "no_place", "bounded", "in_pieces"
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
# The word to be written down in the usual place cannot be, where that place is the trouble.
_ELSEWHERE = (
    "set CHEAPROUTE_HOME to a directory {} where Claude Code is started, and your cap there "
    "(`cheaproute cap set USD`)"
)
WORDS = {
    CORRUPT: (
        "the ledger is damaged",
        "run `cheaproute rebuild`: it sets this one aside and reads the transcripts again",
    ),
    NO_LOCKS: (
        "file locks do not work here",
        "run `cheaproute config set home DIR` (or set CHEAPROUTE_HOME): one on a local disk",
    ),
    OLD_SQLITE: (
        "this Python's SQLite is too old",
        "put a Python with a newer one on PATH and run `cheaproute setup`",
    ),
    READ_ONLY: ("it is on a read-only file system", _ELSEWHERE.format("that can be written")),
    NO_RIGHTS: (
        "this user may not write there",
        "give it back (chown, chmod u+rwX), or " + _ELSEWHERE.format("of your own"),
    ),
    IN_PIECES: (
        "this copy of the plugin is not whole",
        "install it again; in a checkout `git pull` or `git checkout .` brings it",
    ),
    NO_PLACE: ("the directory cannot be made", _ELSEWHERE.format("of your own")),
    FULL: ("the disk is full", "make room"),
    BOUNDED: ("files may not grow here (ulimit -f)", "raise that limit where it is set"),
    BUSY: ("the ledger is busy with other sessions", "try again in a moment"),
    DISK: (
        "the disk reports an error",
        "see the system's log; copy the directory elsewhere, and then "
        + _ELSEWHERE.replace("a directory {}", "the copy"),
    ),
}
_OF_ERRNO = {
    errno.ENOENT: NO_PLACE,
    errno.ENOTDIR: NO_PLACE,
    errno.ELOOP: NO_PLACE,
    errno.EFBIG: BOUNDED,
    errno.EROFS: READ_ONLY,
    errno.EACCES: NO_RIGHTS,
    errno.EPERM: NO_RIGHTS,
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.ENOLCK: NO_LOCKS,
    errno.EOPNOTSUPP: NO_LOCKS,
    errno.ENOSYS: NO_LOCKS,
    errno.EIO: DISK,
    errno.ESTALE: DISK,
}
# SQLite's result codes (https://sqlite.org/rescode.html); of I/O errors, those of its locks.
_OF_CODE = {3: NO_RIGHTS, 5: BUSY, 6: BUSY, 8: READ_ONLY, 11: CORRUPT, 13: FULL, 14: NO_RIGHTS,
            15: NO_LOCKS, 22: NO_LOCKS, 26: CORRUPT}  # fmt: skip
_IOERR, _LOCKS = 10, (2058, 2314, 3594, 3850, 4618, 4874, 5130, 5386)
# The index of its log could not grow: a file system that shares no memory, or has no room.
_SHARED_SIZE, _ROOM = 4874, 1 << 16


def of(error: BaseException, path: str = "") -> str:
    """The kind of `error`, "" where it is none of these; `path` is what could not be used."""
    kind: object = getattr(error, "kind", "")
    if isinstance(error, LedgerError) and kind:
        return str(kind)
    if isinstance(error, LedgerBusy):
        return BUSY
    if isinstance(error, OSError):
        if isinstance(error, FileNotFoundError) and str(error.filename).startswith(_OURS):
            return IN_PIECES
        return _OF_ERRNO.get(error.errno or 0, "")
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return ""
    if code & 0xFF == _IOERR:
        if code == _SHARED_SIZE and _is_full(path):
            return FULL
        return NO_LOCKS if code in _LOCKS else BOUNDED if _bounded() else DISK
    if code == 1 and "syntax error" in str(error):
        return OLD_SQLITE
    found = _OF_CODE.get(code & 0xFF, "")
    return _by_place(path, found) if found in (READ_ONLY, NO_RIGHTS) and path else found


def said(error: BaseException, path: str = "") -> str:
    """`error` in one line: what, where, and what to do."""
    if isinstance(error, CheaprouteError):
        return str(error)
    path = path or str(getattr(error, "filename", "") or "")
    kind = of(error, path)
    where = f"{path}: " if path and kind != IN_PIECES else ""
    if kind:
        return f"{where}{what(kind, error)}: {WORDS[kind][1]}"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{where}{text}: run `cheaproute doctor`"


def what(kind: str, error: BaseException) -> str:
    """The words of `kind`, SQLite's own of a damage, and the file of ours that is not whole."""
    cause = error.__cause__ if isinstance(error, LedgerError) else error
    if kind == IN_PIECES and isinstance(cause, OSError):
        state = "damaged" if os.path.exists(cause.filename) else "missing"
        return f"{WORDS[kind][0]}: {cause.filename} is {state}"
    return WORDS[kind][0] + (f" ({cause})" if kind == CORRUPT and cause else "")


def ledger(error: BaseException, path: str) -> LedgerError:
    """The LedgerError that says `error` of the ledger at `path`."""
    told = LedgerError(said(error, path))
    told.kind = of(error, path)
    return told


def no_locks(path: str) -> LedgerError:
    """The LedgerError of a file system whose locks do not work."""
    return ledger(OSError(errno.ENOLCK, ""), path)


def _bounded() -> bool:
    """Whether this process may write files of some size only."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _is_full(path: str) -> bool:
    """Whether there is no room for more beside `path`."""
    try:
        place = os.statvfs(os.path.dirname(path))
        return place.f_bavail * place.f_frsize < _ROOM
    except (OSError, AttributeError):
        return False


def _by_place(path: str, kind: str) -> str:
    """A mount that is read-only, or rights that are missing: what the file system says."""
    place = path
    while place and not os.path.exists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    try:
        if os.statvfs(place).f_flag & getattr(os, "ST_RDONLY", 1):
            return READ_ONLY
    except (OSError, AttributeError):
        return kind
    there = os.access(place, os.W_OK) and os.access(os.path.dirname(place) or place, os.W_OK)
    return kind if there else NO_RIGHTS
