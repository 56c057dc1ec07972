"""One turn past the caps, which `cap finish` allows: it lasts as long as what was started in it.

Table `cap_override` has the amount; `meta` when it was allowed, and whether the main loop's part
has ended while agents of the turn, or commands in the background, still run.
"""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger import meta
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# The turn has to begin within the first, and what runs on in it to end within the second.
_BEGIN_MS, _RUNS_ON_MS = 12 * HOUR_MS, HOUR_MS
_KEY, _ON = "cap.finish.", " runs on"


def allow(db: sqlite3.Connection, session_id: int, nano: int, now_ms: int) -> None:
    """Let one turn of the session spend `nano` past the caps, once; `end` ends it."""
    with Immediate(db):
        row = db.execute(
            "SELECT cost_nano FROM spent WHERE period = ?", (f"session:{session_id}",)
        ).fetchone()
        # Said again while agents of a turn run, it is for them as well.
        since_ms = began_ms(db, session_id) if runs_on(db, session_id, now_ms) else now_ms
        meta.put(db, f"{_KEY}{session_id}", str(since_ms))
        db.execute(
            "INSERT OR REPLACE INTO cap_override VALUES(?, ?, ?, ?)",
            (session_id, nano, row[0] if row else 0, now_ms + _BEGIN_MS),
        )


def allowed(db: sqlite3.Connection, now_ms: int) -> list[tuple[int, int]]:
    """`(session, nano-dollars left)` of each that may still spend past its caps."""
    rows = db.execute(
        "SELECT o.session, o.nano + o.from_nano - coalesce(s.cost_nano, 0) FROM cap_override o"
        " LEFT JOIN spent s ON s.period = 'session:' || o.session WHERE o.until_ms > ?"
        " ORDER BY o.session",
        (now_ms,),
    )
    return [(session, left) for session, left in rows if left > 0]


def began_ms(db: sqlite3.Connection, session_id: int) -> int:
    """When the turn was allowed; 0 where nobody wrote that down."""
    return int(meta.get(db, f"{_KEY}{session_id}").removesuffix(_ON) or 0)


def run_on(db: sqlite3.Connection, session_id: int, now_ms: int) -> None:
    """Note that the main loop's part is over, and that the turn goes on without it."""
    if runs_on(db, session_id, now_ms):
        return
    with Immediate(db):
        meta.put(db, f"{_KEY}{session_id}", f"{began_ms(db, session_id)}{_ON}")
        db.execute(
            "UPDATE cap_override SET until_ms = ? WHERE session = ?",
            (now_ms + _RUNS_ON_MS, session_id),
        )


def runs_on(db: sqlite3.Connection, session_id: int, now_ms: int) -> bool:
    """Whether the turn goes on without its main loop: what a person types then is another one."""
    return ran_on_ms(db, session_id, now_ms) > 0


def ran_on_ms(db: sqlite3.Connection, session_id: int, now_ms: int) -> int:
    """Since when the turn goes on without its main loop; 0 where it does not."""
    if not meta.get(db, f"{_KEY}{session_id}").endswith(_ON):
        return 0
    said = "SELECT until_ms FROM cap_override WHERE session = ? AND until_ms > ?"
    row = db.execute(said, (session_id, now_ms)).fetchone()
    return int(row[0]) - _RUNS_ON_MS if row else 0


def end(db: sqlite3.Connection, session_id: int) -> None:
    """End what was allowed: the turn is over."""
    with Immediate(db):
        db.execute("DELETE FROM cap_override WHERE session = ?", (session_id,))
        db.execute("DELETE FROM meta WHERE key = ?", (f"{_KEY}{session_id}",))
