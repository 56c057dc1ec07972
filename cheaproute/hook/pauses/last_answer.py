"""The last answer of a session's main loop: when, on which model, how long its cache lives."""

from __future__ import annotations

from cheaproute.ledger.module import loops
from cheaproute.ledger.schema import MAIN
from cheaproute.usage import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# Of how many calls back the cache's life is read: a call may write nothing.
_LOOK_BACK = 20


class Last:
    """`at_ms` is 0 where there was none; `prompt` are the tokens it carried.

    `used_ms` is when its cache was last used: by a ping, where one came later.
    """

    __slots__ = ("at_ms", "model", "prompt", "ttl_ms", "used_ms")

    def __init__(
        self,
        at_ms: int = 0,
        model: str = "",
        prompt: int = 0,
        ttl_ms: int = 0,
        used_ms: int = 0,
    ) -> None:
        self.at_ms = at_ms
        self.model = model
        self.prompt = prompt
        self.ttl_ms = ttl_ms or cache.FIVE_MINUTES_MS
        self.used_ms = max(at_ms, used_ms)

    def cold(self, now_ms: int) -> bool:
        """Whether its cache has run out."""
        return bool(self.at_ms) and now_ms - self.used_ms > self.ttl_ms


def read(db: sqlite3.Connection, session: int) -> Last:
    """The last answer that the ledger knows of."""
    rows = db.execute(
        "SELECT ts_ms, (SELECT name FROM model WHERE id = model), input + write_5m + write_1h"
        " + read, write_5m, write_1h FROM call WHERE session = ? AND source = ?"
        " ORDER BY ts_ms DESC LIMIT ?",
        (session, MAIN, _LOOK_BACK),
    ).fetchall()
    if not rows:
        return Last()
    at_ms, model, prompt, _, _ = rows[0]
    lives = (cache.life_ms(five, hour) for _, _, _, five, hour in rows if hour or five)
    used_ms = loops.read(db, session, "").last_ms
    return Last(at_ms, model or "", prompt, next(lives, 0), used_ms)
