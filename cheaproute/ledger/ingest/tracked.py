"""Calls that the user's own programs report (`track_api_cost`), and their file `api_costs.json`.

The file is written from the ledger, whole and atomically, so it cannot disagree with it.
"""

from __future__ import annotations

import json
import os
import time
import uuid

from cheaproute.ledger import intern
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import TRACKED
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices

FILE = "api_costs.json"


def add(
    db: sqlite3.Connection, call: Call, prices: Prices, *, project: str, directory: str
) -> None:
    """Count `call` under `project`, and write the file in `directory`. One transaction.

    Raises:
        OSError: the file cannot be written; the call was not counted.
    """
    with Immediate(db):
        place = intern.project_id(db, project)
        record.put(db, call, source=TRACKED, prices=prices, project_id=place)
        write(os.path.join(directory, FILE), entries(db))


def new(model: str, input_tokens: int, output_tokens: int, now_ms: int) -> Call:
    """A call of these counts, under an id of its own."""
    return Call(
        f"tracked:{uuid.uuid4().hex}", now_ms, model, input=input_tokens, output=output_tokens
    )


def entries(db: sqlite3.Connection) -> list[dict[str, object]]:
    """The tracked calls, oldest first, each with its month's sum so far (known prices only)."""
    found: list[dict[str, object]] = []
    month, spent = "", 0
    for ts_ms, model, read, written, nano in db.execute(
        "SELECT ts_ms, name, input + write_5m + write_1h + read, output, cost_nano FROM call "
        "JOIN model ON model.id = call.model WHERE source = ? ORDER BY ts_ms, call.id",
        (TRACKED,),
    ):
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts_ms // 1000))
        spent = (spent if date[:7] == month else 0) + (nano or 0)
        month = date[:7]
        found.append(
            {
                "date": date,
                "model": model,
                "input_tokens": read,
                "output_tokens": written,
                "estimated_cost_usd": None if nano is None else nano / 1e9,
                "cumulative_monthly_cost_usd": spent / 1e9,
            }
        )
    return found


def write(path: str, found: list[dict[str, object]]) -> None:
    """Write `found` to `path`, readable by the user alone; a reader sees the old or the new."""
    aside = f"{path}.{os.getpid()}.new"
    try:
        with open(aside, "w", encoding="utf-8", opener=_private) as file:
            json.dump(found, file, indent=1)
            file.write("\n")
        os.replace(aside, path)
    except BaseException:
        if os.path.exists(aside):
            os.unlink(aside)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
