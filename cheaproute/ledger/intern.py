"""Models, projects and sessions by number: interned once, looked up by key."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

# told.what: hooks of ours run in a session; its start was seen, or only that it goes on.
HERE, GOES_ON = "here", "goes on"
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
    seen = "SELECT 1 FROM told WHERE session = ? AND what IN (?, ?)"
    if uuid and db.execute(seen, (uuid, HERE, GOES_ON)).fetchone() is None:
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", (uuid, GOES_ON, now_ms))


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
