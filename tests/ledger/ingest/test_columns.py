"""Rows that are read by columns come to what they come to as calls, one by one."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cheaproute.client.transcript import fast_rows, scan
from cheaproute.ledger import store
from cheaproute.ledger.calls import batch_totals
from cheaproute.ledger.calls.record import Recorder
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.transcripts import assistant, lines, usage

PRICES = prices.load()
NOW = 1_795_341_600_000
# All that is kept, by names: numbers are given in the order in which things are met.
_OF = {
    "model": "(SELECT name FROM model WHERE id = model)",
    "requested": "(SELECT name FROM model WHERE id = requested)",
    "session": "(SELECT uuid FROM session WHERE id = session)",
    "project": "(SELECT path FROM project WHERE id = project)",
    "file": "(SELECT path FROM file WHERE id = file)",
    "period": "CASE WHEN period LIKE 'session:%' THEN"
    " (SELECT uuid FROM session WHERE id = substr(period, 9)) ELSE period END",
}
TABLES = ("call", "daily", "spent", "session", "file", "copy", "skipped_row", "call_row")
SESSIONS = ("11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-aaaaaaaaaaaa")
FIELDS = [name for name in Call.__slots__ if name != "place"]


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spellings are learnt from the first row on, and many calls are written together."""
    monkeypatch.setattr(fast_rows, "_UNLEARNT", 1)
    monkeypatch.setattr(ingest, "MANY", 4)
    monkeypatch.setattr(batch_totals, "_TOGETHER", 3)


def history(seed: int, size: int) -> list[dict[str, Any]]:
    """So many rows in the client's own spelling; messages, requests and places meet again."""
    source = random.Random(seed)
    pick = source.choice
    made = []
    for _ in range(size):
        number = source.randrange(size * 2)
        request = f"req_011CZNrn9bmLJsG1Vfx{number:05d}"
        seldom = source.random() < 0.2
        used = usage(
            output_tokens=source.randrange(5000),
            input_tokens=number,
            cache_creation_input_tokens=pick((0, 300, 1000)),
            service_tier=pick(("standard", "batch")) if seldom else "standard",
            speed=pick(("standard", "fast")) if seldom else "standard",
            inference_geo=pick(("", "us")) if seldom else "",
            server_tool_use={
                "web_search_requests": pick((0, 2)) if seldom else 0,
                "web_fetch_requests": 0,
            },
        )
        row = assistant(
            f"msg_01YDfMFwWHcNYSbyW{number:05d}",
            model=pick(("claude-sonnet-5-5", "claude-haiku-5-5", "nobody-knows-it")),
            stop=pick((None, "end_turn", "tool_use")),
            text="x" * pick((1, 3000)),
            ts=f"2026-11-{22 + number % 3}T{number % 24:02d}:53:16.{source.randrange(1000):03d}Z",
            used=used,
            session=pick(SESSIONS) if seldom else SESSIONS[0],
            cwd=pick(("/home/me/project", "/home/me/other", "/home/me/caf\u00e9")),
            requestId=pick((request, request, request + "x", "relay-" + "0" * 20)),
        )
        row["requestedModel"] = pick(("claude-opus-5-5", row["requestedModel"]))
        if seldom:
            row["effort"] = pick(("high", "low"))
        if seldom and source.random() < 0.5:
            row["requestRef"] = pick(("ref-a", "ref-b"))
        if source.random() < 0.7:
            del row["requestedModel"]
        if source.random() < 0.2:
            row["agentId"] = pick(("a1", "a2"))
        made.append(older(row, pick(("a1", "a2"))) if source.random() < 0.2 else row)
    return made


def older(row: dict[str, Any], agent: str) -> dict[str, Any]:
    """The row as clients of early 2026 wrote a subagent's, within another of the main loop's."""
    within = ("type", "timestamp", "requestId", "requestRef", "requestedModel", "message")
    beside = ("parentUuid", "isSidechain", "cwd", "sessionId")
    data = {"agentId": agent, "message": {name: row[name] for name in within if name in row}}
    kept = {name: row[name] for name in beside if name in row}
    return {**kept, "type": "progress", "timestamp": "2026-01-22T09:53:17.303Z", "data": data}


def told(found: scan.Scan) -> list[list[Any]]:
    """All fields of all calls of a scan, in their order."""
    return [[key, *(getattr(c, name) for name in FIELDS)] for key, c in found.calls.items()]


def kept(folder: str, *, columns: bool) -> list[list[Any]]:
    """What a ledger has of the transcripts in `folder`, read by columns or not."""
    with contextlib.closing(store.in_memory()) as db, pytest.MonkeyPatch.context() as patch:
        if not columns:
            patch.setattr(Recorder, "columns", None)
        ingest.read(db, sorted(map(str, Path(folder).glob("*.jsonl"))), NOW, PRICES)
        return [sorted(of_table(db, name)) for name in TABLES]


def of_table(db: sqlite3.Connection, name: str) -> list[str]:
    """Each row of a table, as text."""
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})") if row[1] != "id"]
    by_name = [column if name == "session" else _OF.get(column, column) for column in columns]
    key = ["id"] if name == "call" else []
    return [repr(row) for row in db.execute(f"SELECT {', '.join(key + by_name)} FROM {name}")]  # noqa: S608


@given(st.integers(0, 1 << 32), st.integers(1, 40), st.booleans())
@example(seed=1, size=40, agent=False)
def test_columns_are_the_calls(seed: int, size: int, agent: bool) -> None:
    """Each field of each call, in the same order, as where every row is decoded."""
    data, name = lines(*history(seed, size)), "a1" * agent
    full = scan.scan(data, session="s", agent=name, fast=False)
    many = scan.scan(data, session="s", agent=name)
    many.gather()
    assert {*many.ids()} >= {call.id for call in full.calls.values()}
    assert told(many) == told(full)


@given(st.integers(0, 1 << 32), st.integers(4, 40))
def test_a_ledger_of_columns_is_a_ledger_of_calls(seed: int, size: int) -> None:
    """Each table is the same, also where files tell of the same calls."""
    with tempfile.TemporaryDirectory() as folder:
        rows = history(seed, size)
        for number, part in enumerate((rows[: size // 2], rows[size // 3 :], rows)):
            (Path(folder) / f"{number:08d}-0000-4000-8000-000000000000.jsonl").write_bytes(
                lines(*part)
            )
        assert kept(folder, columns=True) == kept(folder, columns=False)


def test_most_rows_of_a_history_are_read_by_columns() -> None:
    """So that the tests above tell of columns."""
    found = scan.scan(lines(*history(5, 600)))
    found.gather()
    assert sum(len(some.id) for some in found.alike) > 100


def test_rows_within_rows_are_read_by_columns() -> None:
    """One spelling does for all subagents."""
    plain = [row for row in history(7, 400) if row["type"] == "assistant"]
    told_of = [
        older({**row, "cwd": "/home/me", "sessionId": SESSIONS[0]}, f"a{number % 2}")
        for number, row in enumerate(plain)
        if "requestedModel" not in row and "requestRef" not in row
    ]
    data = lines(*told_of)
    found = scan.scan(data)
    found.gather()
    assert sum(len(some.id) for some in found.alike) > 30
    assert {some.first.agent for some in found.alike} == {"a0", "a1"}
    assert told(found) == told(scan.scan(data, fast=False))
