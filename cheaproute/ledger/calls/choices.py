"""The main loop's calls on a chosen model, each with the two parts of what the choice saved.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.ledger.schema import MAIN
from cheaproute.usage import switching
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.loops import Loop
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices


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
    warm = call.ts_ms - lasted_ms < loop.last_ms + loop.ttl_s * 1000
    read = switching.would_read(call, loop.prompt_tokens, warm=warm)
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
            "UPDATE call SET saved_nano = ? WHERE request = ? AND session = ? AND source = ?",
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
