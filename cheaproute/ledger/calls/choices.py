"""What was decided for turns of the main loop, and its calls on a chosen model.

Each of those has the two parts of what the choice saved. Everything here runs inside the caller's
transaction.
"""

from __future__ import annotations

from cheaproute.ledger.decisions import written
from cheaproute.ledger.schema import BY_REQUEST, MAIN
from cheaproute.usage import switching
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from typing import Protocol

    from cheaproute.ledger.module.loops import Loop
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices

    class Judged(Protocol):
        """What a prompt's text said."""

        tier: str
        confidence: float
        features: Mapping[str, float]


# So many of the latest turns are told of.
MOST_DECIDED = 4_000
_TIDY = 64


def decide(
    db: sqlite3.Connection,
    session: int,
    turn: str,
    now_ms: int,
    over: str,
    reason: str,
    judged: Judged | None = None,
) -> None:
    """Note what was decided for `turn`, that would run on `over`, and why; the last word stands.

    `judged` is what the text said, None where it was not asked.
    """
    db.execute(
        "INSERT OR REPLACE INTO turn_choice(session, turn, ts_ms, over, tier, confidence, reason,"
        " features) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(session, turn, now_ms, over, judged.tier if judged else ""),
            *(judged.confidence if judged else 0.0, reason),
            written(judged.features) if judged else "",
        ),
    )
    if now_ms % _TIDY == 0:
        db.execute(
            "DELETE FROM turn_choice WHERE ts_ms <"
            " (SELECT ts_ms FROM turn_choice ORDER BY ts_ms DESC LIMIT 1 OFFSET ?)",
            (MOST_DECIDED - 1,),
        )


def add_reason(db: sqlite3.Connection, session: int, turn: str, more: str) -> None:
    """Add to the reason that is kept for `turn`."""
    db.execute(
        "UPDATE turn_choice SET reason = reason || ? WHERE session = ? AND turn = ?",
        (more, session, turn),
    )


def troubled(db: sqlite3.Connection, session: int, turn: str) -> None:
    """Note that the prompt after `turn` said that it did not work."""
    db.execute(
        "UPDATE turn_choice SET outcome = 'trouble' WHERE session = ? AND turn = ?", (session, turn)
    )


def book(
    db: sqlite3.Connection, session: int, loop: Loop, call: Call, lasted_ms: int, prices: Prices
) -> None:
    """Book a call of the main loop, once, if a choice has to do with it; `loop` as before it.

    It took `lasted_ms`. What it saved in all is what the books say of it, less than nothing, too.
    """
    if call.ts_ms <= loop.last_ms:
        return  # told again: the loop is past it
    turn, over = _choice(db, session, loop, call)
    if not turn or not call.request_id:
        return
    began_ms = call.ts_ms - lasted_ms
    warm, before = began_ms < loop.last_ms + loop.ttl_s * 1000, loop.prompt_tokens
    if not warm:  # its own cache is cold, or the loop begins
        from cheaproute.ledger.calls import shared_start

        shared = shared_start.tokens(db, session, call, over, began_ms)
        warm, before = shared > 0, min(shared, sum(call.prompt()))
    read = switching.would_read(call, before, warm=warm)
    found = switching.parts_nano(call, over, read, prices)
    if found is None:
        return
    cost, price, switch = found
    back = canonical(call.model) == canonical(over)  # in whichever spelling
    ran = over if back else call.model
    row = (call.request_id, session, turn, call.ts_ms, ran, over, cost, price, switch)
    new = "INSERT OR IGNORE INTO choice VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
    if db.execute(new, row).rowcount:
        db.execute(
            f"UPDATE call SET saved_nano = ? WHERE {BY_REQUEST} AND session = ? AND source = ?",  # noqa: S608
            (price + switch, call.request_id, session, MAIN),
        )


def _choice(db: sqlite3.Connection, session: int, loop: Loop, call: Call) -> tuple[str, str]:
    """The turn whose choice `call` follows, and the model it was made over; ("", "") for none.

    The call after it on the loop's own model writes what the other one was told meanwhile.
    """
    ran = canonical(call.model)
    if loop.model and loop.model in ran and ran != canonical(loop.over):
        return loop.turn, loop.over
    row = db.execute(
        "SELECT turn, model, over FROM choice WHERE session = ? ORDER BY ts_ms DESC LIMIT 1",
        (session,),
    ).fetchone()
    if row is None or canonical(row[1]) != canonical(loop.ran) or canonical(row[2]) != ran:
        return "", ""
    return (row[0], row[2]) if canonical(row[1]) != ran else ("", "")
