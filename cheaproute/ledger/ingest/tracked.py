"""Calls that the user's own programs report (`track_api_cost`), and their file `api_costs.json`.

A call is appended to the file after it is counted, with nobody waiting for it but other such
programs. Where the file's last entry is not what the ledger says it should be, the file is written
anew from the ledger.
"""

from __future__ import annotations

import json
import os
import time
import uuid

from cheaproute import atomic, fastjson
from cheaproute.days import span
from cheaproute.errors import UsageError
from cheaproute.ledger import intern
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import NEVER, TRACKED
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from typing import IO, Any

    from cheaproute.usage.prices import Prices

FILE = "api_costs.json"
# How the file ends, and how much of its end holds the last entry for sure.
_END, _TAIL = b"\n]\n", 4096
# More is no call of anybody's.
MOST_TOKENS = 1_000_000_000


def add(
    db: sqlite3.Connection, call: Call, prices: Prices, *, project: str, directory: str
) -> None:
    """Count `call` under `project`, and list it in the file in `directory`.

    Raises:
        OSError: the file cannot be opened; the call was not counted.
    """
    path = os.path.join(directory, FILE)
    with _locked(path) as file:
        size, last = _last(file)
        with Immediate(db):
            month = _month(last["date"]) if last else ""
            agrees = last and last["cumulative_monthly_cost_usd"] == _spent(db, month) / 1e9
            place = intern.project_id(db, project)
            record.put(db, call, source=TRACKED, prices=prices, project_id=place)
        if agrees:
            _append(path, size, _entry(db, call))
        else:
            write(path, entries(db))


def _locked(path: str) -> IO[bytes]:
    """The file, opened; one program at a time has it until it closes it."""
    while True:
        file = open(path, "a+b", opener=_private)  # noqa: SIM115
        try:
            import fcntl
        except ImportError:  # Windows
            return file
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(path) and os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
            return file
        file.close()  # it was written anew while this one waited


def _last(file: IO[bytes]) -> tuple[int, Any]:
    """The file's size and its last entry; None where it does not end as it should."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    begin = tail.rfind(b"\n {")
    if not tail.endswith(_END) or begin < 0:
        return size, None
    try:
        entry = fastjson.loads(tail[begin : -len(_END)])
    except ValueError:
        return size, None
    whole = isinstance(entry, dict) and {"date", "cumulative_monthly_cost_usd"} <= entry.keys()
    return size, entry if whole else None


def _append(path: str, size: int, entry: dict[str, object]) -> None:
    """Put `entry` behind the others in one write; should it tear, the next call mends it."""
    text = json.dumps([entry], indent=1)[1:-2]
    with open(path, "r+b", buffering=0) as file:
        file.seek(size - len(_END))
        file.write(b"," + text.encode() + _END)


def _entry(db: sqlite3.Connection, call: Call) -> dict[str, object]:
    """What the file says of `call`, the latest."""
    row = db.execute("SELECT cost_nano, ts_ms FROM call WHERE id = ?", (call.id,)).fetchone()
    date = _date(row[1])
    return _listed(date, call.model, call.input, call.output, row[0], _spent(db, _month(date)))


def _spent(db: sqlite3.Connection, month: str) -> int:
    """Nano-dollars of the tracked calls of a month."""
    first, past = span(month)
    (nano,) = db.execute(
        "SELECT coalesce(sum(cost_nano), 0) FROM daily WHERE day >= ? AND day < ? AND source = ?",
        (first, past, TRACKED),
    ).fetchone()
    return int(nano)


def _month(date: object) -> str:
    """The month of an entry's date; the first of all where it is none."""
    text = str(date)[:7]
    try:
        span(text)
    except UsageError:
        return "1970-01"
    return text


def _date(ts_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts_ms // 1000))


def _listed(
    date: str, model: str, read: int, written: int, nano: int | None, spent: int
) -> dict[str, object]:
    return {
        "date": date,
        "model": model,
        "input_tokens": read,
        "output_tokens": written,
        "estimated_cost_usd": None if nano is None else nano / 1e9,
        "cumulative_monthly_cost_usd": spent / 1e9,
    }


def new(model: str, input_tokens: int, output_tokens: int, now_ms: int) -> Call:
    """A call of these counts, under an id of its own."""
    return Call(
        f"tracked:{uuid.uuid4().hex}", now_ms, model, input=input_tokens, output=output_tokens
    )


def entries(
    db: sqlite3.Connection,
    first_ms: int = 0,
    past_ms: int = NEVER,
    projects: Collection[int] | None = None,
) -> list[dict[str, object]]:
    """The tracked calls, oldest first, each with its month's sum so far (known prices only).

    Those of the span and of the `projects` (ids; None: any); the sums are of all.
    """
    found: list[dict[str, object]] = []
    month, spent = "", 0
    for ts_ms, model, read, written, nano, project in db.execute(
        "SELECT ts_ms, name, input + write_5m + write_1h + read, output, cost_nano, project "
        "FROM call JOIN model ON model.id = call.model WHERE source = ? ORDER BY ts_ms, call.id",
        (TRACKED,),
    ):
        date = _date(ts_ms)
        spent = (spent if date[:7] == month else 0) + (nano or 0)
        month = date[:7]
        if first_ms <= ts_ms < past_ms and (projects is None or project in projects):
            found.append(_listed(date, model, read, written, nano, spent))
    return found


def write(path: str, found: list[dict[str, object]]) -> None:
    """Write `found` to `path`, readable by the user alone; a reader sees the old or the new."""

    def fill(aside: str) -> None:
        with open(aside, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.write("\n")

    atomic.replace(path, fill)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
