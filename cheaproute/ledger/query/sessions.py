"""The sessions of a span: what each cost in it, on which model, where; and one by its id."""

from __future__ import annotations

from cheaproute.ledger import schema
from cheaproute.ledger.client_totals import silent
from cheaproute.ledger.module import given_up
from cheaproute.ledger.query.totals import FIELDS, OF_CALLS, Sums, projects_under, within
from cheaproute.ledger.transactions import sqlite3
from cheaproute.usage.models import SYNTHETIC

SHORT = 8  # so much of a uuid names a session


class Session:
    """A session and what it came to in a span; `model` is its main loop's dearest."""

    __slots__ = ("id", "last_ms", "model", "project", "sums", "transcript", "uuid")

    id: int
    last_ms: int
    model: str
    project: str
    sums: Sums
    transcript: str
    uuid: str

    @property
    def short(self) -> str:
        """The beginning of its id, which commands take for the whole."""
        return self.uuid[:SHORT]

    @property
    def title(self) -> str:
        """What its transcript calls it, read now; "" where that is gone or names nothing."""
        from cheaproute.client.transcript import title

        return title.read(self.transcript) if self.transcript else ""


def between(
    db: sqlite3.Connection, first_ms: int, past_ms: int, *, project: str = ""
) -> list[Session]:
    """The sessions that made calls in a span, dearest first."""
    keep, values = "", [first_ms, past_ms]
    if project:
        ids = projects_under(db, project)
        keep = f" AND project IN ({','.join('?' * len(ids))})"
        values += ids
    found = _found(db, f"ts_ms >= ? AND ts_ms < ? AND session != 0{keep}", values)
    gone = given_up.by_session(db, first_ms, past_ms)
    quiet = silent.by_session(db, first_ms, past_ms)
    for it in found:
        it.sums.given_up = gone.get(it.id, given_up.NONE)
        it.sums.compactions = quiet.get(it.id, 0)
    return found


def one(db: sqlite3.Connection, session: int) -> Session | None:
    """All of one session; None where it made no call."""
    found = _found(db, "session = ?", [session])
    for it in found:
        it.sums.given_up = given_up.between(db, 0, schema.NEVER, session)
        it.sums.compactions = len(schema.compactions(db, 0, schema.NEVER, session))
    return found[0] if found else None


def first_ms(db: sqlite3.Connection, session: int) -> int:
    """When its first call was that is kept."""
    found = db.execute("SELECT min(ts_ms) FROM call WHERE session = ?", (session,)).fetchone()[0]
    return int(found or 0)


def typeable(db: sqlite3.Connection, session_id: int) -> str:
    """The session as other screens name it, `49d3b0a8`: what a command takes in any shell.

    All of its id where another begins so; its number in the ledger where the id has other letters
    or cannot be read; "" for none.
    """
    if not session_id:
        return ""
    try:
        uuid = str(db.execute("SELECT uuid FROM session WHERE id = ?", (session_id,)).fetchone()[0])
        short = uuid[:SHORT]
        alike = db.execute(
            "SELECT 1 FROM session WHERE substr(uuid, 1, ?) = ? LIMIT 2", (SHORT, short)
        ).fetchall()
    except (sqlite3.Error, TypeError):  # TypeError: there is no such row
        return str(session_id)
    if not (uuid.isascii() and uuid.replace("-", "").isalnum() and uuid[0] != "-"):
        return str(session_id)
    return short if len(alike) == 1 else uuid


# What kind of subagent made a call: by its own transcript, else by the call that sent it out.
AGENT_TYPE = (
    "coalesce((SELECT nullif(agent_type, '') FROM file WHERE id = call.file), (SELECT"
    " nullif(d.agent_type, '') FROM dispatch d WHERE d.agent = call.agent AND d.agent != ''"
    " AND d.session = call.session))"
)
UNTOLD = "(unknown)"

_SOURCES = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(schema.SOURCES))


def breakdown(db: sqlite3.Connection, session: int, key: str) -> list[tuple[str, Sums]]:
    """One session's calls by `model` or by `agent`, dearest first.

    Of agents "" is the main loop; what is neither has its source, in brackets.
    """
    name = {
        "model": "(SELECT name FROM model WHERE id = call.model)",
        "agent": f"CASE WHEN source IN ({schema.MAIN}, {schema.SUBAGENT}) THEN"
        f" coalesce({AGENT_TYPE}, agent) ELSE '(' || CASE source {_SOURCES} END || ')' END",
    }[key]
    rows = db.execute(
        f"SELECT {name}, {', '.join(OF_CALLS)} FROM call WHERE session = ? GROUP BY 1"  # noqa: S608
        " ORDER BY 9 DESC, 2 DESC, 1",
        (session,),
    )
    gone = given_up.of_session(db, session, key)  # of agents those of the main loop
    found = [(row[0], Sums(row[1:], gone.get(row[0], given_up.NONE))) for row in rows]
    names = ["(SELECT name FROM model WHERE id = model)" if key == "model" else "''"]
    reach_ms = (0, schema.NEVER)
    quiet = silent.grouped(db, names, "session = ?", [session], reach_ms)
    for kept, sums in found:
        sums.compactions = quiet.get((kept,), 0)
    return found


def by_agent(
    db: sqlite3.Connection, first_ms: int, past_ms: int, *, project: str = ""
) -> list[tuple[str, Sums]]:
    """Sums of a span by type of subagent, "" for all that is none; dearest first.

    The kept totals do not know the types: this one view reads the calls, and is not for a hook.
    """
    keep, values = within(db, first_ms, past_ms, project, column="ts_ms")
    sums = ", ".join(OF_CALLS)
    rows = db.execute(
        f"SELECT CASE WHEN source = {schema.SUBAGENT} THEN coalesce({AGENT_TYPE}, '{UNTOLD}')"  # noqa: S608
        f" ELSE '' END, {sums} FROM call WHERE {keep} GROUP BY 1 ORDER BY 9 DESC, 2 DESC, 1",
        values,
    )
    found = [(row[0], Sums(row[1:])) for row in rows]
    gone = given_up.grouped(db, ["source"], keep, values)
    quiet = silent.grouped(db, [], keep, values, (first_ms, past_ms))
    for kind, of in found:
        of.given_up = given_up.NONE if kind else gone.get((schema.MAIN,), given_up.NONE)
        of.compactions = 0 if kind else quiet.get((), 0)
    return found


def _found(db: sqlite3.Connection, keep: str, values: list[int]) -> list[Session]:
    rows = db.execute(
        f"SELECT session, model, source = {schema.MAIN} AS main, max(ts_ms),"  # noqa: S608
        f" {', '.join(OF_CALLS)} FROM call WHERE {keep} GROUP BY session, model, main",
        values,
    ).fetchall()
    models = dict(db.execute("SELECT id, name FROM model"))
    known: dict[int, Session] = {}
    most: dict[int, tuple[bool, bool, int, int]] = {}
    for session, model, main, last_ms, *counts in rows:
        sums = Sums(tuple(counts))
        it = known.get(session)
        if it is None:
            it = known[session] = Session()
            it.id, it.last_ms, it.sums, it.model = session, 0, Sums(), ""
        it.sums = Sums(tuple(getattr(it.sums, n) + getattr(sums, n) for n in FIELDS))
        it.last_ms = max(it.last_ms, last_ms)
        name = models.get(model, "")
        rank = bool(main), name != SYNTHETIC, sums.cost_nano, sums.calls
        if not it.model or rank > most[session]:
            it.model, most[session] = name, rank
    for it in known.values():
        _name(db, it)
    return sorted(known.values(), key=lambda it: (-it.sums.cost_nano, -it.last_ms, it.uuid))


def named(db: sqlite3.Connection, session: int) -> Session:
    """A session by its names, whether it made a call or not; `sums` and `model` are empty."""
    it = Session()
    it.id, it.last_ms, it.sums, it.model = session, 0, Sums(), ""
    _name(db, it)
    return it


def latest_model(db: sqlite3.Connection) -> str:
    """The own model of the session that was at work last, "" where none is known.

    Where its client told of none, the model of its main loop's last answer.
    """
    row = db.execute(
        "SELECT coalesce((SELECT nullif(own, '') FROM loop WHERE session = s.id AND agent = ''),"
        " model) FROM session s WHERE model != '' ORDER BY last_ms DESC, id DESC LIMIT 1"
    ).fetchone()
    return str(row[0]) if row else ""


def _name(db: sqlite3.Connection, it: Session) -> None:
    row = db.execute(
        "SELECT uuid, coalesce((SELECT path FROM project WHERE id = s.project), ''),"
        " coalesce((SELECT path FROM file WHERE session = s.id AND agent = ''"
        " ORDER BY offset DESC LIMIT 1), '') FROM session s WHERE id = ?",
        (it.id,),
    ).fetchone()
    it.uuid, it.project, it.transcript = row or ("", "", "")
