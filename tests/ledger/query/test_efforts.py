"""Whether the cache is kept when the effort changes: counted from transcripts, either way."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from cheaproute.days import parse_ms
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.query import efforts
from cheaproute.usage import prices
from tests.ledger.query.test_misses import HAIKU, OPUS
from tests.transcripts import SESSION, assistant, write

NOW_MS = parse_ms("2026-11-22T20:00:00.000Z")
START_S = 10 * 3600


def row(
    n: int, effort: str, *, read: int, wrote: int, gap_s: int = 60, **more: Any
) -> dict[str, Any]:
    """The answer to the session's `n`th prompt."""
    at_s = START_S + n * gap_s
    used = {
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": wrote,
        "cache_creation": {"ephemeral_5m_input_tokens": wrote, "ephemeral_1h_input_tokens": 0},
    }
    ts = f"2026-11-22T{at_s // 3600:02}:{at_s // 60 % 60:02}:{at_s % 60:02}.000Z"
    told = {"effort": effort} if effort else {}
    return assistant(f"msg_01Abcdefghij{n:04}", ts=ts, used=used, **{"model": OPUS, **told, **more})


def session(many: int, *, low: str = "low", lost: int = 0, **more: Any) -> list[dict[str, Any]]:
    """So many prompts at low effort, one at medium before and after each; `lost` find no cache."""
    rows = []
    for n in range(2 * many + 1):
        gone = 0 < n <= lost
        read = 0 if gone or n == 0 else 50_000 + 1_000 * (n - 1)
        wrote = 1_000 if read else 50_000 + 1_000 * n
        rows.append(row(n, low if n % 2 else "medium", read=read, wrote=wrote, **more))
    return rows


def seen(place: Path, rows: list[dict[str, Any]], model: str = OPUS) -> efforts.Changes:
    """What the ledger that has these rows says of `model`."""
    path = write(place / f"{SESSION}.jsonl", *rows)
    with contextlib.closing(store.connect(str(place / "ledger.db"))) as db:
        ingest.read(db, [path], 0, prices.load())
        return efforts.of(db, model, NOW_MS)


@pytest.mark.parametrize(
    ("many", "lost", "keep", "lose"),
    [
        (20, 0, True, False),
        (19, 0, False, False),  # too few
        (21, 2, True, False),  # some caches go by themselves
        (21, 3, False, True),
        (2, 3, False, True),  # nobody goes on to pay for it
    ],
)
def test_twenty_turns_each_way_say_so(
    tmp_path: Path, many: int, lost: int, *, keep: bool, lose: bool
) -> None:
    """Down to low and up from it, with what was cached before read again."""
    found = seen(tmp_path, session(many, lost=lost))
    assert (found.keep, found.lose) == (keep, lose)
    assert found.down + found.up + found.lost == 2 * many
    assert found.lost == lost


@pytest.mark.parametrize(
    "more",
    [
        {"gap_s": 301},  # the cache had run out
        {"low": "high"},  # not to low
        {"low": ""},  # nobody tells of it
    ],
)
def test_what_is_no_change_of_a_living_cache_is_not_counted(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    """Neither for it nor against it."""
    found = seen(tmp_path, session(21, lost=5, **more))
    assert (found.down, found.up, found.lost) == (0, 0, 0)


def test_a_change_of_model_or_a_compaction_is_another_reason(tmp_path: Path) -> None:
    """What was lost by them is not the effort's."""
    rows = [
        row(0, "medium", read=0, wrote=90_000),
        row(1, "low", read=0, wrote=90_000, model=HAIKU),
        row(2, "medium", read=0, wrote=90_000),
        row(3, "low", read=0, wrote=30_000),  # a third of it: compacted
    ]
    found = seen(tmp_path, rows)
    assert (found.down, found.up, found.lost) == (0, 0, 0)


def test_it_is_of_one_model(tmp_path: Path) -> None:
    """What one model's cache does says nothing of another's."""
    assert seen(tmp_path, session(20), model=HAIKU).down == 0


@pytest.mark.parametrize("mode", ["fast,,,", ",us,,", ",,priority,", ",,,1:2;3:4", ",,,"])
def test_low_effort_is_found_by_an_index_in_every_mode(tmp_path: Path, mode: str) -> None:
    """A large ledger is not gone through for it."""
    with contextlib.closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        ran = f"{mode},low"
        ingest.read(db, [write(tmp_path / f"{SESSION}.jsonl", *session(20))], 0, prices.load())
        assert db.execute("UPDATE call SET mode = ? WHERE mode = ',,,,low'", (ran,)).rowcount == 20
        seen: list[str] = []
        db.set_trace_callback(seen.append)
        efforts.look(db, NOW_MS)
        db.set_trace_callback(None)
        assert len(db.execute(seen[0]).fetchall()) == 20
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {seen[0]}"))
        assert "USING INDEX call_mode" in plan
