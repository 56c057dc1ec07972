"""Calls that nothing tells of: a transcript that stands still, answers that name no usage.

One look is no proof, for a row may be late and an answer be empty: the second is.
"""

from __future__ import annotations

import time

from cheaproute.client.transcript import peek
from cheaproute.days import HOUR_MS
from cheaproute.ledger import intern
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.models import SYNTHETIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_ENOUGH = 2
_LATELY_MS = HOUR_MS
# A use may stand before all that it was given, and results behind it: so much of the end is read.
_MOST_BYTES = 32 << 20
# What a client itself puts in a model's place: a refusal of the module's.
_OWN = "msg_hook_"
_LAST = (
    "SELECT id, input + output + write_5m + write_1h + read + web_search,"
    " (SELECT name FROM model WHERE id = model) FROM call"
    " WHERE ts_ms > ? AND +session = ? AND instr(id, '#') = 0 ORDER BY ts_ms DESC LIMIT ?"
)


def stands_still(
    db: sqlite3.Connection,
    path: str,
    loop: tuple[str, str],
    uses: Sequence[str],
    now_ms: int,
    end_s: float,
) -> bool:
    """Whether the transcript at `path` lacks two batches of `loop`, this one's `uses` among them.

    It stands still, or what is written there is taken away. Rows that are late are waited for until
    `end_s` (`time.monotonic`), and are no longer missed once they came. A loop is a session and its
    agent; a batch follows each answer that has tools.
    """
    session, agent = loop
    file = peek.file_of(path, agent)
    if not file or not uses:
        return False
    head = f"still {agent} "
    missed = [
        row[0]
        for row in db.execute(
            "SELECT what FROM told WHERE session = ?1 AND substr(what, 1, length(?2)) = ?2",
            (session, head),
        )
    ]
    there = peek.tail(file, _MOST_BYTES) if missed else b""
    came = [what for what in missed if what[len(head) :].encode() in there]
    with Immediate(db):
        for what in came:
            db.execute("DELETE FROM told WHERE session = ? AND what = ?", (session, what))
        row = (session, head + intern.clean(uses[0]), now_ms)
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", row)
    if len(missed) - len(came) + 1 < _ENOUGH:
        return False
    return not peek.wait_for(path, agent, uses, end_s - time.monotonic(), most=_MOST_BYTES)


def mute(db: sqlite3.Connection, session: int, now_ms: int) -> bool:
    """Whether the session's last answers told no usage at all."""
    rows = db.execute(_LAST, (now_ms - _LATELY_MS, session, _ENOUGH)).fetchall()
    return len(rows) == _ENOUGH and not any(
        tokens or model == SYNTHETIC or identity.startswith(_OWN)
        for identity, tokens, model in rows
    )
