"""The subagents sent out: what ran, and how it ended. No prompt text is kept."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

FAILED = ("empty", "refused", "error")


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
    return model(db, of_agent(db, agent))


def model(db: sqlite3.Connection, tool_use: str) -> str:
    """The model on which runs what this tool use sent out, "" if that is not known."""
    row = db.execute(
        "SELECT CASE resolved WHEN '' THEN routed ELSE resolved END FROM dispatch WHERE id = ?",
        (tool_use,),
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

    The client's word on the model is that of the dispatch. What the module chose (it knew the
    agent) is known by the answers, which it may tell of later.
    """
    db.execute(
        f"UPDATE dispatch SET agent = ?1, resolved = coalesce({_ANSWERED},"  # noqa: S608
        " CASE WHEN routed != '' AND agent != '' THEN resolved ELSE ?2 END),"
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


def set_flag(db: sqlite3.Connection, id_: str, flag: str) -> None:
    """Keep the user's verdict on a dispatch: `good`, `bad`, or "" for none."""
    db.execute("UPDATE dispatch SET flag = ? WHERE id = ?", (flag, id_))
