"""Models, projects and sessions by number, interned once; files, and how far each was read."""

from __future__ import annotations

from cheaproute.client.transcript import reader
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from typing import Any

    from cheaproute.client.transcript.reader import File

# told.what: hooks of ours run in a session; its start was seen, or only that it goes on.
HERE, GOES_ON = "here", "goes on"
# The last time that a client took the session up with hooks of ours in it, and left it.
TAKEN_UP, LEFT = "taken up", "left"
# The same of a batch whose row did not come: the head of that, before its loop and its use.
MISSED = "still "


class Numbers(dict[str, int]):
    """The numbers of texts, as one of the functions below gives them, looked up once each."""

    __slots__ = ("_db", "_of")

    def __init__(
        self, db: sqlite3.Connection, of: Callable[[sqlite3.Connection, str], int]
    ) -> None:
        super().__init__({"": 0})
        self._db, self._of = db, of

    def __missing__(self, text: str) -> int:
        number = self[text] = self._of(self._db, text)
        return number


def model_id(db: sqlite3.Connection, name: str) -> int:
    """The number of the model `name`."""
    return _intern(
        db,
        "SELECT id FROM model WHERE name = ?",
        "INSERT OR IGNORE INTO model(name) VALUES(?)",
        name,
    )


def project_id(db: sqlite3.Connection, path: str) -> int:
    """The number of the project in the directory `path`; 0 where that is not known."""
    if not path:
        return 0
    return _intern(
        db,
        "SELECT id FROM project WHERE path = ?",
        "INSERT OR IGNORE INTO project(path) VALUES(?)",
        path,
    )


def session_id(db: sqlite3.Connection, uuid: str) -> int:
    """The number of the session `uuid`; 0 where that is not known."""
    if not uuid:
        return 0
    return _intern(
        db,
        "SELECT id FROM session WHERE uuid = ?",
        "INSERT OR IGNORE INTO session(uuid) VALUES(?)",
        uuid,
    )


def session_model(db: sqlite3.Connection, uuid: str) -> str:
    """The main loop's latest model, "" if none is known."""
    row = db.execute("SELECT model FROM session WHERE uuid = ?", (uuid,)).fetchone()
    return row[0] if row else ""


def begin_session(db: sqlite3.Connection, uuid: str, model: str, cwd: str, now_ms: int) -> None:
    """Note that a session starts or goes on; an empty `model` leaves the one known."""
    if not uuid:
        return
    db.execute(
        "INSERT INTO session(uuid, project, model, first_ms, last_ms) VALUES(?1, ?2, ?3, ?4, ?4)"
        " ON CONFLICT DO UPDATE SET model = CASE ?3 WHEN '' THEN model ELSE ?3 END",
        (clean(uuid), project_id(db, cwd), clean(model), now_ms),
    )


def goes_on(db: sqlite3.Connection, uuid: str, now_ms: int) -> None:
    """Note, once, that hooks run in a session of whose start this ledger knows nothing.

    The plugin, or the ledger, is younger than the session: its calls are no history, whoever
    counts them first.
    """
    uuid = clean(uuid)
    if not uuid:
        return
    known = _marks(db, uuid)
    if HERE not in known and GOES_ON not in known:
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", (uuid, GOES_ON, now_ms))
    if known.get(TAKEN_UP, -1) <= known.get(LEFT, -1):
        take_up(db, uuid, now_ms)


def take_up(db: sqlite3.Connection, uuid: str, now_ms: int) -> None:
    """Note that a client begins the session, or takes it up again, with hooks of ours in it."""
    db.execute("INSERT OR REPLACE INTO told VALUES(?, ?, ?)", (clean(uuid), TAKEN_UP, now_ms))


def leave(db: sqlite3.Connection, uuid: str, now_ms: int) -> None:
    """Note that this client has done with the session: the next may have no hooks of ours."""
    db.execute("INSERT OR REPLACE INTO told VALUES(?, ?, ?)", (clean(uuid), LEFT, now_ms))


def is_with_hooks(db: sqlite3.Connection, uuid: str, since_ms: int) -> bool:
    """Whether hooks of ours were seen in the session by the client that has it since then."""
    known = _marks(db, clean(uuid))
    left_ms = known.pop(LEFT, -1)
    return any(ts_ms >= since_ms and ts_ms > left_ms for ts_ms in known.values())


def _marks(db: sqlite3.Connection, uuid: str) -> dict[str, int]:
    rows = db.execute(
        "SELECT what, ts_ms FROM told WHERE session = ? AND what IN (?, ?, ?, ?)",
        (uuid, HERE, GOES_ON, TAKEN_UP, LEFT),
    )
    return dict(rows.fetchall())


def ran_since(db: sqlite3.Connection, ts_ms: int) -> bool:
    """Whether hooks came into any session after that."""
    row = db.execute(
        "SELECT 1 FROM told WHERE what IN (?, ?) AND ts_ms > ? LIMIT 1", (HERE, TAKEN_UP, ts_ms)
    ).fetchone()
    return row is not None


def misses(db: sqlite3.Connection, uuid: str, since_ms: int) -> bool:
    """Whether a batch of the session was missed since then."""
    row = db.execute(
        "SELECT 1 FROM told WHERE session = ? AND what > ? AND what < ? AND ts_ms > ?",
        (clean(uuid), MISSED, MISSED[:-1] + "!", since_ms),
    ).fetchone()
    return row is not None


def clean(text: str) -> str:
    """`text` fit to be shown: no control characters (a terminal would obey), no lone surrogates."""
    if text.isprintable():
        return text
    from cheaproute import escape

    return escape.name(text)


def _intern(db: sqlite3.Connection, select: str, insert: str, text: str) -> int:
    text = clean(text)
    row = db.execute(select, (text,)).fetchone()
    if row is None:
        added = db.execute(insert, (text,))
        row = (added.lastrowid,) if added.rowcount == 1 else db.execute(select, (text,)).fetchone()
    return int(row[0])


def file(db: sqlite3.Connection, path: str) -> File:
    """What the ledger knows of the file at `path`; a new `File` if nothing."""
    known = reader.File(path)
    row = db.execute(
        "SELECT id, session, agent_type, dispatch, born_ms, seen_ms, offset, inode, tail FROM file "
        "WHERE path = ?",
        (storable(path),),
    ).fetchone()
    if row is not None:
        known.id, known.session, known.agent_type, known.dispatch = row[:4]
        known.born_ms, known.seen_ms, known.offset, known.inode, known.tail = row[4:]
    return known


def save_files(db: sqlite3.Connection, files: Iterable[File]) -> None:
    """Write down how far `files` were read that have an id. Inside the caller's transaction."""
    db.executemany(
        "UPDATE file SET session = ?, agent_type = ?, dispatch = ?, born_ms = ?, seen_ms = ?, "
        "offset = ?, inode = ?, tail = ? WHERE id = ?",
        [(*_columns(file), file.id) for file in files],
    )


def add_file(db: sqlite3.Connection, file: File) -> None:
    """Give a file its row and id, or write down anew what it has. Inside the caller's."""
    if file.id:
        save_files(db, [file])
        return
    added = db.execute(
        "INSERT INTO file(session, agent_type, dispatch, born_ms, seen_ms, offset, inode, tail, "
        "path, agent) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_columns(file), storable(file.path), file.agent),
    )
    file.id = added.lastrowid or 0


def _columns(file: File) -> tuple[Any, ...]:
    return (
        file.session, file.agent_type, file.dispatch, file.born_ms, file.seen_ms, file.offset,
        file.inode, file.tail,
    )  # fmt: skip
