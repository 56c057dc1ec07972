"""Calls that nothing tells of: a transcript that stands still, answers that name no usage.

One look is no proof, for a row may be late and an answer be empty.
"""

from __future__ import annotations

import time

from cheaproute.client.transcript import peek
from cheaproute.days import HOUR_MS
from cheaproute.ledger import intern
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
    " WHERE ts_ms > ? AND +session = ? AND instr(id, '#') = 0 AND estimated != 1"
    " ORDER BY ts_ms DESC LIMIT ?"
)


class Batch:
    """The answer that a batch of tools follows: its loop (`agent` "": the main one), its `uses`.

    `path` is the session's main transcript.
    """

    __slots__ = ("agent", "path", "session", "uses")

    def __init__(self, session: str, agent: str, path: str, uses: Sequence[str]) -> None:
        self.session = session
        self.agent = agent
        self.path = path
        self.uses = uses

    @property
    def file(self) -> str:
        """The file that should tell of it, "" where it cannot be told."""
        return peek.file_of(self.path, self.agent)

    def comes(self, end_s: float) -> bool:
        """Whether its row is there until `end_s` (`time.monotonic`)."""
        wait_s = end_s - time.monotonic()
        return peek.wait_for(self.path, self.agent, self.uses, wait_s, most=_MOST_BYTES)


class Lost:
    """A batch whose row did not come: what it counts as for a cap, 0 until that is known."""

    __slots__ = ("nano", "ts_ms", "use")

    def __init__(self, use: str, ts_ms: int, nano: int) -> None:
        self.use = use
        self.ts_ms = ts_ms
        self.nano = nano


def earlier(db: sqlite3.Connection, batch: Batch) -> tuple[list[Lost], list[Lost]]:
    """The batches of the loop that were missed before: those still lost, those that came since."""
    head = _head(batch.agent)
    rows = db.execute(
        "SELECT what, ts_ms FROM told WHERE session = ?1 AND substr(what, 1, length(?2)) = ?2",
        (intern.clean(batch.session), head),
    ).fetchall()
    lost: list[Lost] = []
    came: list[Lost] = []
    there = peek.tail(batch.file, _MOST_BYTES) if rows else b""
    for what, ts_ms in rows:
        use, _, nano = what[len(head) :].rpartition(" ")
        one = Lost(use, ts_ms, int(nano)) if nano.isdecimal() else Lost(nano, ts_ms, 0)
        (came if peek.has_use(there, one.use) else lost).append(one)
    return lost, came


def keep(db: sqlite3.Connection, batch: Batch, lost: Sequence[Lost]) -> None:
    """Have `lost` be what the loop lacks, and nothing else."""
    head, session = _head(batch.agent), intern.clean(batch.session)
    db.execute(
        "DELETE FROM told WHERE session = ?1 AND substr(what, 1, length(?2)) = ?2", (session, head)
    )
    rows = [(session, f"{head}{intern.clean(one.use)} {one.nano}", one.ts_ms) for one in lost]
    db.executemany("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", rows)


def last_told(db: sqlite3.Connection, batch: Batch, session: int, since_ms: int) -> int:
    """When the loop's last call was made that a row tells of, 0 for none after `since_ms`."""
    row = db.execute(
        "SELECT ts_ms FROM call WHERE ts_ms > ? AND +session = ? AND agent = ? AND source IN (0, 1)"
        " ORDER BY ts_ms DESC LIMIT 1",
        (since_ms, session, batch.agent),
    ).fetchone()
    return row[0] if row else 0


def _head(agent: str) -> str:
    return f"{intern.MISSED}{agent} "


def mute(db: sqlite3.Connection, session: int, now_ms: int) -> bool:
    """Whether the session's last answers told no usage at all."""
    rows = db.execute(_LAST, (now_ms - _LATELY_MS, session, _ENOUGH)).fetchall()
    return len(rows) == _ENOUGH and not any(
        tokens or model == SYNTHETIC or identity.startswith(_OWN)
        for identity, tokens, model in rows
    )
