"""The beginning that sessions of a project share, as a model has it in its cache from another one.

Claude Code's own prompt and its tools are the same for each: some 12,000 tokens that the first
request of a session reads where another session used them a short while ago.
"""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger.schema import BY_REQUEST, MAIN
from cheaproute.usage import cache
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.call import Call

_PROMPT = "read, input + write_5m + write_1h + read"


def tokens(db: sqlite3.Connection, session: int, call: Call, model: str, at_ms: int) -> int:
    """The tokens that `model` would have found at `at_ms`, had `call` of a main loop gone there.

    0 where no other session of the project used it within its cache's life. What that one read as
    it began is shared; where it read nothing it wrote the beginning: at most all of its prompt.
    """
    models = [
        number
        for number, name in db.execute("SELECT id, name FROM model").fetchall()
        if canonical(name) == canonical(model)
    ]
    of_model = f"source = {MAIN} AND model IN ({', '.join('?' * len(models))})"
    last = db.execute(
        f"SELECT session, ts_ms, write_5m, write_1h FROM call WHERE {of_model} AND session != ?"  # noqa: S608
        f" AND project = (SELECT project FROM call WHERE {BY_REQUEST} LIMIT 1)"
        " AND ts_ms BETWEEN ? AND ? ORDER BY ts_ms DESC LIMIT 1",
        (*models, session, call.request_id, at_ms - HOUR_MS, at_ms),
    ).fetchone()
    if last is None or at_ms >= last[1] + cache.life_ms(last[2], last[3]):
        return 0
    read, prompt = db.execute(
        f"SELECT {_PROMPT} FROM call WHERE {of_model} AND session = ? ORDER BY ts_ms LIMIT 1",  # noqa: S608
        (*models, last[0]),
    ).fetchone()
    return int(read or prompt)
