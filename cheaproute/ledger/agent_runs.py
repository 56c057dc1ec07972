"""The subagents sent out: what was decided, what ran, how it ended. No prompt text is kept."""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger.intern import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class Basis(Protocol):
        """What a decision was made of, as the router has it."""

        beyond: float
        bounds: str
        voices: str
        features: Mapping[str, float]


# How long a failed or repeated task is remembered as the same one.
_FOLLOW_MS = HOUR_MS
FAILED = ("empty", "refused", "error")
# So many of the latest are kept: enough to learn from, and some 5 MB.
MOST_JUDGED = 4_000
_TIDY = 64  # one addition in so many looks whether there are more


def add(db: sqlite3.Connection, fields: Mapping[str, object]) -> None:
    """Note a dispatch; the same tool use noted twice (two installs of the plugin) stands once.

    What was decided stands over what a transcript tells alone, which may be read in between.
    """
    names = ", ".join(fields)
    marks = ", ".join("?" * len(fields))
    changes = ", ".join(f"{name} = excluded.{name}" for name in fields)
    decided = (
        "DO UPDATE SET " + changes + " WHERE action = ''" if "action" in fields else "DO NOTHING"
    )
    db.execute(
        f"INSERT INTO dispatch({names}) VALUES({marks}) ON CONFLICT(id) {decided}",
        tuple(clean(value) if isinstance(value, str) else value for value in fields.values()),
    )


def retry_of(
    db: sqlite3.Connection,
    session: int,
    at_ms: int,
    similar: Callable[[str], bool],
    *,
    running: bool = False,
) -> tuple[str, str] | None:
    """`(id, model)` of the session's run that one sent out at `at_ms` repeats, None if it is new.

    `similar` says of a fingerprint whether it is of much the same task. One that still runs is not
    repeated: alike tasks side by side are no retries (`running`: unless nobody has told its end).
    The id is that of the latest; the model is Haiku where any of them ran on it: a task that was
    not done by it once does not go back to it the time after. One that the cap ended is none, nor
    one that the user flagged as good: asked again or not, it was done.
    """
    rows = db.execute(
        "SELECT id, fingerprint, routed, resolved, status FROM dispatch WHERE session = ?"
        " AND ts_ms >= ? AND ts_ms < ? AND fingerprint != '' AND status != 'cut' AND flag != 'good'"
        " ORDER BY ts_ms DESC LIMIT 50",
        (session, at_ms - _FOLLOW_MS, at_ms),
    )
    found = None
    for id_, fingerprint, routed, resolved, status in rows.fetchall():
        if (running or status not in ("", "running")) and similar(fingerprint):
            model = resolved or routed
            if running or "haiku" in model:
                return (found[0] if found else id_), model
            found = found or (id_, model)
    return found


def of_agent(db: sqlite3.Connection, agent: str) -> str:
    """The tool use that sent the subagent `agent` out, "" if that is not known.

    Its transcript's own word (`meta.json`) comes before PostToolUse's, which may still be under way
    when a quick subagent in the background has already stopped.
    """
    row = db.execute(
        "SELECT dispatch FROM file WHERE agent = ?1 AND agent != '' AND dispatch != ''"
        " UNION ALL SELECT id FROM dispatch WHERE agent = ?1 AND agent != '' LIMIT 1",
        (agent,),
    ).fetchone()
    return row[0] if row else ""


def model_of(db: sqlite3.Connection, agent: str) -> str:
    """The model on which the subagent `agent` runs, "" if that is not known."""
    row = db.execute(
        "SELECT CASE resolved WHEN '' THEN routed ELSE resolved END FROM dispatch WHERE id = ?",
        (of_agent(db, agent),),
    ).fetchone()
    return row[0] if row else ""


# The model of the last answer that the module heard in the agent's loop; NULL where it heard none.
_ANSWERED = (
    "(SELECT nullif(ran, '') FROM loop WHERE loop.session = dispatch.session"
    " AND loop.agent = ?1 AND ?1 != '')"
)


def ran(
    db: sqlite3.Connection, tool_use: str, *, agent: str, resolved: str, status: str, now_ms: int
) -> None:
    """Note what really runs; `status` is 'running' or an end (see `ended`).

    The client's word on the model is that of the dispatch: what the module chose for the agent's
    requests is known by their answers.
    """
    db.execute(
        f"UPDATE dispatch SET agent = ?1, resolved = coalesce({_ANSWERED}, ?2),"  # noqa: S608
        " status = CASE WHEN status IN ('', 'running') THEN ?3 ELSE status END,"
        " ended_ms = CASE WHEN ended_ms = 0 AND ?3 != 'running' THEN ?4 ELSE ended_ms END"
        " WHERE id = ?5",
        (agent, resolved, status, now_ms, tool_use),
    )


def ended(db: sqlite3.Connection, *, tool_use: str, status: str, now_ms: int) -> None:
    """Note how a dispatch ended: 'ok', 'cut' or one of `FAILED`; a resumed agent ends again.

    One that was cut fails for it: that is no other end.
    """
    answered = _ANSWERED.replace("?1", "dispatch.agent")
    db.execute(
        "UPDATE dispatch SET status = CASE WHEN status = 'cut' AND ?1 IN"  # noqa: S608
        " ('empty', 'error') THEN status ELSE ?1 END, ended_ms = ?2,"
        f" resolved = coalesce({answered}, resolved) WHERE id = ?3",
        (status, now_ms, tool_use),
    )


def is_decided(db: sqlite3.Connection, tool_use: str) -> bool:
    """Whether a hook decided about the dispatch, or it ran without one.

    That it was launched is told before its first request: it ran once a call of it is known.
    """
    row = db.execute(
        "SELECT 1 FROM dispatch WHERE id = ? AND (action != '' OR tools > 0"
        " OR status NOT IN ('', 'running') OR (agent != '' AND EXISTS (SELECT 1 FROM call"
        "  WHERE file IN (SELECT id FROM file WHERE agent = dispatch.agent))))",
        (tool_use,),
    ).fetchone()
    return row is not None


def was_cut(db: sqlite3.Connection, tool_use: str) -> bool:
    """Whether the cap ended what this tool use sent out."""
    row = db.execute("SELECT 1 FROM dispatch WHERE id = ? AND status = 'cut'", (tool_use,))
    return row.fetchone() is not None


def routed(db: sqlite3.Connection, tool_use: str) -> str:
    """The alias we answered for this tool use, "" if none."""
    row = db.execute("SELECT routed FROM dispatch WHERE id = ?", (tool_use,)).fetchone()
    return row[0] if row else ""


def runs_on_haiku(db: sqlite3.Connection, session: int, agent: str) -> bool:
    """Whether the session's subagent was routed to Haiku, and runs there for all that is known."""
    row = db.execute(
        "SELECT 1 FROM dispatch WHERE session = ? AND agent = ? AND routed = 'haiku'"
        " AND (resolved = '' OR resolved LIKE '%haiku%')",
        (session, agent),
    ).fetchone()
    return row is not None


def watched(db: sqlite3.Connection, session: int, agent: str) -> tuple[str, str] | None:
    """`(category, action)` of the task that the agent was routed for; None if its text was not why.

    The action is `routed`, or `explored`: a try, one tier down.
    """
    row: tuple[str, str] | None = db.execute(
        "SELECT category, action FROM dispatch WHERE agent = ? AND session = ?"
        " AND action IN ('routed', 'explored')",
        (agent, session),
    ).fetchone()
    return row


def add_reason(db: sqlite3.Connection, session: int, agent: str, more: str) -> None:
    """Add to the reason that is kept for the agent's dispatch."""
    db.execute(
        "UPDATE dispatch SET reason = reason || ? WHERE agent = ? AND session = ?",
        (more, agent, session),
    )


def written(features: Mapping[str, float]) -> str:
    """`name=value ...`, in thousandths; those that are 0 are left out."""
    return " ".join(f"{name}={round(1000 * value)}" for name, value in features.items() if value)


def learn(db: sqlite3.Connection, id_: str, now_ms: int, basis: Basis) -> None:
    """Keep what a decision was made of; the same dispatch stands once."""
    added = db.execute(
        "INSERT OR IGNORE INTO judged VALUES(?, ?, ?, ?, ?, ?)",
        (id_, now_ms, basis.beyond, basis.bounds, basis.voices, written(basis.features)),
    )
    if added.rowcount > 0 and now_ms % _TIDY == 0:
        db.execute(
            "DELETE FROM judged WHERE ts_ms <"
            " (SELECT ts_ms FROM judged ORDER BY ts_ms DESC LIMIT 1 OFFSET ?)",
            (MOST_JUDGED - 1,),
        )


def add_voice(db: sqlite3.Connection, session: int, agent: str, said: str) -> None:
    """Add what its steps said to the dispatch of `agent`."""
    db.execute(
        "UPDATE judged SET voices = voices || ? WHERE id ="
        " (SELECT id FROM dispatch WHERE agent = ? AND session = ?)",
        (f"; steps: {said}", agent, session),
    )
