"""A relay whose answers carry no request id, or all the same one: what its records stand for.

A transcript tells of the same calls, and does it well; its row may only be late. Where there is no
transcript the record is all there is, and is booked by itself.
"""

from __future__ import annotations

import time

from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.ingest.ingest import meter
from cheaproute.ledger.schema import HELPER
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from cheaproute.usage.prices import Prices

    Record = dict[str, object]

_STEP_S = 0.02
_ALONE = "booked by record"


def attribute(
    db: sqlite3.Connection,
    unsure: Sequence[Record],
    session: str,
    find: Callable[[], str],
    *,
    now_ms: int,
    prices: Prices,
    end_s: float,
) -> None:
    """Have records that name no request counted by the transcript, or mark them.

    A marked one is booked by itself; one that the transcript tells of loses its request id. `find`
    says where the transcript is ("": nowhere yet); it is waited for until `end_s`.
    """
    path, alone = find(), _is_alone(db, session)
    rest = [one for one in unsure if _has_a_row(one)]
    while True:
        if path and rest:
            meter(db, path, now_ms, prices)
            with Immediate(db):
                rest = telemetry.told(db, rest, session=session, now_ms=now_ms, prices=prices)
        if (path and not rest) or alone or time.monotonic() >= end_s:
            break
        time.sleep(_STEP_S)
        path = path or find()
    if bool(path) == alone:
        _be_alone(db, session, now_ms, prices, alone=not path)
    for one in unsure:
        if path and _has_a_row(one):
            one["request_id"] = ""
        else:
            one[telemetry.BY_RECORD] = True


def _has_a_row(record: Record) -> bool:
    """Whether a transcript tells of the call: of helpers' none does."""
    return telemetry.source_of(str(record.get("query_source"))) != HELPER


def _is_alone(db: sqlite3.Connection, session: str) -> bool:
    """Whether the session was seen to have no transcript."""
    known = "SELECT 1 FROM told WHERE session = ? AND what = ?"
    return db.execute(known, (session, _ALONE)).fetchone() is not None


def _be_alone(
    db: sqlite3.Connection, session: str, now_ms: int, prices: Prices, *, alone: bool
) -> None:
    with Immediate(db):
        if alone:
            row = (session, _ALONE, now_ms)
            db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", row)
        else:
            telemetry.drop_by_record(db, session, prices)
            db.execute("DELETE FROM told WHERE session = ? AND what = ?", (session, _ALONE))
