"""What was decided of the subagents sent out, and of what: for retries, and to learn from."""

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


# How like, and one more for a failure: enough for the hour, and within the turn.
_SURE, _IN_TURN = 3, 2
# How long a failed or repeated task is remembered as the same one.
_FOLLOW_MS = HOUR_MS
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
    likeness: Callable[[str], int],
    asked_since: Callable[[int], bool],
    *,
    running: bool = False,
) -> tuple[str, str] | None:
    """`(id, model)` of the session's run that one sent out at `at_ms` repeats, None if it is new.

    `likeness` says of a fingerprint whether it is of the same task (2), or of one in much the same
    words (1); `asked_since` whether the user gave another prompt after a time. A repeat is the same
    task after a failure, or within the turn; and what comes in much the same words within the turn
    after a failure, for then the main model was told to send it again. What differs by its object
    is another task, and what was done well is asked for anew with another prompt.

    One that still runs is not repeated: alike tasks side by side are no retries (`running`: unless
    nobody has told its end). The id is that of the latest; the model is Haiku where any of them ran
    on it: a task that was not done by it once does not go back to it the time after. One that the
    cap ended is none, nor one that the user flagged as good: asked again or not, it was done; one
    flagged as bad failed.
    """
    rows = db.execute(
        "SELECT id, fingerprint, routed, resolved, status, flag, ts_ms FROM dispatch"
        " WHERE session = ? AND ts_ms >= ? AND ts_ms < ? AND fingerprint != ''"
        " AND status != 'cut' AND flag != 'good' ORDER BY ts_ms DESC LIMIT 50",
        (session, at_ms - _FOLLOW_MS, at_ms),
    )
    found = None
    for id_, fingerprint, routed, resolved, status, flag, sent_ms in rows.fetchall():
        if not running and status in ("", "running"):
            continue
        if not (like := likeness(fingerprint)):
            continue
        from cheaproute.ledger import agent_runs  # where a task comes again

        like += status in agent_runs.FAILED or flag == "bad"
        if like >= _SURE or (like == _IN_TURN and not asked_since(sent_ms)):
            model = resolved or routed
            if running or "haiku" in model:
                return (found[0] if found else id_), model
            found = found or (id_, model)
    return found


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


def written(features: Mapping[str, float]) -> str:
    """`name=value ...`, in thousandths; those that are 0 are left out."""
    return " ".join(f"{name}={round(1000 * value)}" for name, value in features.items() if value)


def add_voice(db: sqlite3.Connection, session: int, agent: str, said: str) -> None:
    """Add what its steps said to the dispatch of `agent`."""
    db.execute(
        "UPDATE judged SET voices = voices || ? WHERE id ="
        " (SELECT id FROM dispatch WHERE agent = ? AND session = ?)",
        (f"; steps: {said}", agent, session),
    )
