"""Calls that nothing tells of: a transcript that stands still, answers that name no usage.

One look is no proof, for a row may be late and an answer be empty: the second in a row is.
"""

from __future__ import annotations

import os
import time

from cheaproute.client.transcript import peek
from cheaproute.days import HOUR_MS
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.models import SYNTHETIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_ENOUGH = 2
_LATELY_MS = HOUR_MS
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
    """Whether the transcript at `path` had no row since the last batch of `loop`.

    Nor has it one of the batch's `uses` until `end_s` (`time.monotonic`). A loop is a session and
    its agent. A batch follows each answer that has tools.
    """
    session, agent = loop
    file = peek.file_of(path, agent)
    if not file or not uses:
        return False
    head, size, seen = f"still {agent} ", os.stat(file).st_size, 1
    found = db.execute(
        "SELECT what FROM told WHERE session = ?1 AND substr(what, 1, length(?2)) = ?2",
        (session, head),
    ).fetchone()
    if found and found[0].split()[-2] == str(size):
        seen += int(found[0].split()[-1])
    with Immediate(db):
        if found:
            db.execute("DELETE FROM told WHERE session = ? AND what = ?", (session, found[0]))
        row = (session, f"{head}{size} {seen}", now_ms)
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", row)
    if seen < _ENOUGH:
        return False
    return not peek.wait_for(path, agent, uses, end_s - time.monotonic())


def mute(db: sqlite3.Connection, session: int, now_ms: int) -> bool:
    """Whether the session's last answers told no usage at all."""
    rows = db.execute(_LAST, (now_ms - _LATELY_MS, session, _ENOUGH)).fetchall()
    return len(rows) == _ENOUGH and not any(
        tokens or model == SYNTHETIC or identity.startswith(_OWN)
        for identity, tokens, model in rows
    )
