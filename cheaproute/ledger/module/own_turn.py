"""What a turn that its user sent to another model would have cost on the session's own."""

from __future__ import annotations

from cheaproute.ledger.module import loops
from cheaproute.ledger.schema import MAIN
from cheaproute.usage import cache, switching
from cheaproute.usage.call import Call
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices

_CALLS = (
    "SELECT ts_ms, (SELECT name FROM model WHERE id = model), input, output, write_5m, write_1h,"  # noqa: S608
    f" read FROM call WHERE session = ? AND source = {MAIN} AND instr(id, '#') = 0"
)
_LATEST = f"{_CALLS} AND ts_ms < ? ORDER BY ts_ms DESC LIMIT 50"
_SINCE = f"{_CALLS} AND ts_ms >= ? ORDER BY ts_ms"


def compared(
    db: sqlite3.Connection, session: int, began_ms: int, prices: Prices
) -> tuple[str, int] | None:
    """The session's own model, and what the turn begun at `began_ms` saved against it, in nano.

    The own one would have read what its cache had, and written what is new. Less than 0 where the
    turn cost more; None where no call of the own one before it is known, or a price is not.
    """
    earlier = [_call(row) for row in db.execute(_LATEST, (session, began_ms))]
    own = loops.read(db, session, "").own or (earlier[0].model if earlier else "")
    of_own = [call for call in earlier if canonical(call.model) == canonical(own)]
    if not of_own:
        return None
    last, total = of_own[0], 0
    warm = began_ms < last.ts_ms + cache.life_ms(last.write_5m, last.write_1h)
    for row in db.execute(_SINCE, (session, began_ms)):
        call = _call(row)
        read = switching.would_read(call, sum(last.prompt()), warm=warm)
        parts = switching.parts_nano(call, own, read, prices)
        if parts is None:
            return None
        total += parts[1] + parts[2]
        last, warm = call, True
    return own, total


def _call(row: tuple[int, str, int, int, int, int, int]) -> Call:
    ts_ms, model, sent, output, write_5m, write_1h, read = row
    return Call(
        "", ts_ms, model, input=sent, output=output, write_5m=write_5m, write_1h=write_1h, read=read
    )
