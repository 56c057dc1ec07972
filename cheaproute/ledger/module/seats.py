"""What of the module was seen at work in a session: only what was seen is relied on."""

from __future__ import annotations

from cheaproute.ledger.schema import MAIN, SUBAGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

NAMES = ("step", "fetch", "log")
# What follows for the cap, from best to least, in the words people read.
EXACT, BETWEEN, HOOKS = "cap: exact", "cap: between steps", "cap: hooks only"
MEANS = {
    EXACT: "every request is held to it before it leaves",
    BETWEEN: "it is looked at before each step of a turn, not at requests in between",
    HOOKS: "it is looked at before each prompt and after each tool",
}
_FRESH_MS = 60_000
_PLACE = "seats:"
# The first client in which a dialog was seen to raise a cap.
_DIALOG = (2, 1, 321)
# So many answers in a row that a module did not tell of: it is gone.
_SILENT = 3
_SEAT = "SELECT session, seen_ms, pid, started, version, enabled, step, fetch, log FROM seat"


class Seats:
    """The seats of one session; `pid` and `started` name the client's process."""

    __slots__ = ("enabled", "fetch", "log", "pid", "silent", "started", "step", "version")

    def __init__(
        self, pid: int, started: str, version: str, enabled: int, step: int, fetch: int, log: int
    ) -> None:
        self.pid = pid
        self.started = started
        self.version = version
        self.enabled = bool(enabled)
        self.step = bool(step)
        self.fetch = bool(fetch)
        self.log = bool(log)
        self.silent = False  # it was heard, and tells nothing any more

    @property
    def shows_dialogs(self) -> bool:
        """Whether the client is one in which the module's command asks a person."""
        told = tuple(int(part) for part in self.version.split(".")[:3] if part.isdigit())
        return self.enabled and told >= _DIALOG

    @property
    def cap(self) -> str:
        """How far the cap holds in this session: one of EXACT, BETWEEN, HOOKS."""
        if not self.enabled or not (self.step or self.fetch):
            return HOOKS
        return EXACT if self.fetch and self.log else BETWEEN


def read(db: sqlite3.Connection, session: int) -> Seats | None:
    """The seats of the session; None where no module was ever heard of."""
    row = db.execute(f"{_SEAT} WHERE session = ?", (session,)).fetchone()
    return _heard(db, row) if row else None


def latest(db: sqlite3.Connection) -> Seats | None:
    """The seats of the session that was heard of last; None where no module ever was."""
    row = db.execute(f"{_SEAT} ORDER BY seen_ms DESC LIMIT 1").fetchone()
    return _heard(db, row) if row else None


def misses_answers(db: sqlite3.Connection) -> bool:
    """Whether the session that was heard of last had answers that its module did not tell of."""
    row = db.execute("SELECT session, seen_ms FROM seat ORDER BY seen_ms DESC LIMIT 1").fetchone()
    return row is not None and any(nano is None for nano in _told(db, *row))


def _told(db: sqlite3.Connection, session: int, seen_ms: int) -> list[int | None]:
    """What the module told of the last answers since it was heard of, None where it told nothing.

    What has no record never comes: what was never sent (a row of the client's own, without counts),
    and what was broken off (no row of it is its last).
    """
    rows = db.execute(
        "SELECT client_nano FROM call WHERE ts_ms > ? AND +session = ? AND source IN (?, ?)"
        " AND final AND (input > 0 OR output > 0 OR read > 0) AND instr(id, '#') = 0"
        " ORDER BY ts_ms DESC LIMIT ?",
        (seen_ms - _FRESH_MS, session, MAIN, SUBAGENT, _SILENT),
    )
    return [nano for (nano,) in rows]


def _heard(
    db: sqlite3.Connection, row: tuple[int, int, int, str, str, int, int, int, int]
) -> Seats:
    """The seats as noted; none at work where the module told of none of the last answers.

    Its records come within a second, so that one answer untold is no sign; some in a row are.
    """
    session, seen_ms, *noted = row
    seats = Seats(*noted)  # type: ignore[arg-type]  # the columns, in their order
    told = _told(db, session, seen_ms)
    if seats.log and len(told) == _SILENT and all(nano is None for nano in told):
        seats.step = seats.fetch = seats.log = False
        seats.silent = True
    return seats


def live(
    db: sqlite3.Connection, session: int, pid: int, started: Callable[[int], str]
) -> Seats | None:
    """The seats of the session in the client that is process `pid`; None where it has none.

    What `started` says of a process no later one of its number shares: a session that goes on in
    another client has not the module of the one before it.
    """
    seats = read(db, session)
    if seats is None or seats.silent or not seats.enabled or seats.pid != pid:
        return None
    return seats if seats.started in ("", started(pid)) else None


def seen(db: sqlite3.Connection) -> bool:
    """Whether the module was ever seen at work."""
    return (
        db.execute("SELECT 1 FROM seat WHERE step OR fetch OR log LIMIT 1").fetchone() is not None
    )


def start(
    db: sqlite3.Connection,
    session: int,
    *,
    pid: int,
    started: str,
    version: str,
    enabled: bool,
    now_ms: int,
    seen: dict[str, bool] | None = None,
) -> None:
    """Note that a module was loaded in the client `pid`, and what of it it saw at work since.

    Requests may come before its start is told: where it was loaded anew amid a turn.
    """
    flags = tuple(int((seen or {}).get(name, False)) for name in NAMES)
    db.execute(
        "INSERT OR REPLACE INTO seat(session, pid, started, version, enabled, seen_ms,"
        " step, fetch, log) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (session, pid, started, version, enabled, now_ms, *flags),
    )


def note(
    db: sqlite3.Connection,
    session: int,
    pid: int,
    seen: dict[str, bool],
    now_ms: int,
    lost: frozenset[str] | set[str] = frozenset(),
    *,
    started: Callable[[int], str] = lambda _pid: "",
    resting: bool = False,
) -> None:
    """Note which seats were seen at work since, which failed (`lost`), and whether all rest.

    Writes only what is new, or once a minute.
    """
    known = db.execute(
        "SELECT pid, step, fetch, log, enabled, seen_ms FROM seat WHERE session = ?", (session,)
    ).fetchone()
    enabled = int(not resting)
    flags = tuple(int(seen.get(name, False)) for name in NAMES)
    if known is None or known[0] != pid:  # after /clear there is no start
        db.execute(
            "INSERT OR REPLACE INTO"
            " seat(session, pid, step, fetch, log, enabled, seen_ms, version, started)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7,"
            " coalesce(max(version), ''), ?8 FROM seat WHERE pid = ?2",
            (session, pid, *flags, enabled, now_ms, started(pid)),
        )
        return
    now = tuple(
        0 if name in lost else max(flag, before)
        for name, flag, before in zip(NAMES, flags, known[1:4], strict=True)
    )
    if (*now, enabled) != known[1:5] or now_ms > known[5] + _FRESH_MS:
        db.execute(
            "UPDATE seat SET step = ?, fetch = ?, log = ?, enabled = ?, seen_ms = ?"
            " WHERE session = ?",
            (*now, enabled, now_ms, session),
        )


def rest(db: sqlite3.Connection, pid: int) -> None:
    """Note that the module in the client `pid` does nothing any more, in whichever session."""
    db.execute("UPDATE seat SET enabled = 0 WHERE pid = ? AND enabled", (pid,))


def note_place(db: sqlite3.Connection, place: tuple[str, ...], seats: Seats) -> None:
    """Keep what was seen at work in a kind of place (how led, system, provider); only what is new.

    A seat that a client of the same version had there, it has: a turn need not use each.
    """
    from cheaproute.ledger import meta  # once a turn

    key = f"{_PLACE}{'|'.join(place)}"
    seen = {name for name in NAMES if getattr(seats, name)}
    version, _, before = meta.get(db, key).partition(" ")
    if version == seats.version:
        seen |= set(before.split())
    value = " ".join([seats.version, *(name for name in NAMES if name in seen)])
    if seen and value != f"{version} {before}":
        meta.put(db, key, value)


def places(db: sqlite3.Connection) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """(place, the client's version, the seats seen there) of each kind of place, by name."""
    rows = db.execute(
        "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key",
        (len(_PLACE), _PLACE),
    )
    found = []
    for key, value in rows:
        version, *names = value.split(" ")
        found.append((tuple(key.removeprefix(_PLACE).split("|")), version, tuple(names)))
    return found
