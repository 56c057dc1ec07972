"""`track_api_cost`, as the guide's readers type it."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute import track_api_cost
from cheaproute.cap import limits
from cheaproute.ledger import store
from cheaproute.money import NANO

NOV = 1_795_361_400


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory; the clock stands at 2026-11-22 15:30 UTC."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("time.time", lambda: NOV)
    return tmp_path / "data"


def listed(data: Path) -> Any:
    """What `api_costs.json` holds."""
    return json.loads((data / "api_costs.json").read_text())


def test_counts_and_lists_a_call(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is priced, in the ledger and in the file, which only the user may read."""
    assert track_api_cost("claude-haiku-5-5", 1_000_000, 0) is True
    monkeypatch.setattr("time.time", lambda: NOV + 1)
    assert track_api_cost("claude-opus-5-5", 1000, 200) is True
    assert listed(data) == [
        {
            "date": "2026-11-22T15:30:00Z",
            "model": "claude-haiku-5-5",
            "input_tokens": 1_000_000,
            "output_tokens": 0,
            "estimated_cost_usd": 0.5,
            "cumulative_monthly_cost_usd": 0.5,
        },
        {
            "date": "2026-11-22T15:30:01Z",
            "model": "claude-opus-5-5",
            "input_tokens": 1000,
            "output_tokens": 200,
            "estimated_cost_usd": 0.008,
            "cumulative_monthly_cost_usd": 0.508,
        },
    ]
    assert stat.S_IMODE(os.stat(data / "api_costs.json").st_mode) == 0o600
    with closing(store.connect(str(data / "ledger.db"))) as db:
        assert db.execute("SELECT source, calls, cost_nano FROM daily ORDER BY 3").fetchall() == [
            (4, 1, 8_000_000),
            (4, 1, 500_000_000),
        ]


def test_past_the_cap(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Up to the cap it is True; past it False, with a warning on stderr."""
    with closing(store.connect(str(data / "ledger.db"))) as db:
        limits.put(db, {"month": 8 * NANO // 1000}, NOV * 1000)
    assert track_api_cost("claude-opus-5-5", 1000, 200) is True
    assert capsys.readouterr() == ("", "")
    assert track_api_cost("claude-opus-5-5", 1000, 200) is False
    assert capsys.readouterr() == (
        "",
        "cheaproute: $0.016 spent this month, past the cap of $0.008: see `cheaproute cap`\n",
    )


def test_a_new_month_begins_at_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum in the file is the month's."""
    track_api_cost("claude-opus-5-5", 1000, 200)
    monkeypatch.setattr("time.time", lambda: NOV + 10 * 86_400)
    track_api_cost("claude-opus-5-5", 1000, 0)
    assert [entry["cumulative_monthly_cost_usd"] for entry in listed(data)] == [0.008, 0.004]


def test_unknown_price(data: Path) -> None:
    """A model without a price is listed without one, and is within any cap."""
    assert track_api_cost("gpt-7", 5, 6) is True
    assert listed(data)[0]["estimated_cost_usd"] is None


@pytest.mark.parametrize("counts", [(-1, 0), (0, 1.5), (True, 0), ("7", 0), (10**19, 1)])
def test_no_counts(counts: Any) -> None:
    """What is no number of tokens is refused, and nothing is counted."""
    with pytest.raises(ValueError, match="is no number of tokens"):
        track_api_cost("claude-haiku-5-5", *counts)
    with pytest.raises(ValueError, match="name is empty"):
        track_api_cost("", 1, 1)


def test_calls_at_the_same_time(data: Path) -> None:
    """Threads of one program, or several programs, lose no call."""
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda n: track_api_cost("claude-opus-5-5", n, 0), range(40)))
    assert len(listed(data)) == 40
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        assert db.execute("SELECT sum(input) FROM call").fetchone() == (sum(range(40)),)


def test_a_call_costs_the_same_after_many(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file grows by an entry; it is written anew only where it is not the ledger's any more."""
    from cheaproute.ledger.ingest import tracked

    for n in range(3):
        track_api_cost("claude-opus-5-5", 1000 + n, 0)
    whole = listed(data)
    assert [entry["cumulative_monthly_cost_usd"] for entry in whole] == [0.004, 0.008004, 0.012012]
    with monkeypatch.context() as broken:
        broken.setattr(tracked, "entries", lambda _db: pytest.fail("not the whole of it"))
        track_api_cost("claude-opus-5-5", 1000, 0)
    assert listed(data)[:3] == whole
    assert listed(data)[3]["cumulative_monthly_cost_usd"] == 0.016012
    file = data / "api_costs.json"
    for damage in (file.read_bytes()[:-40], b"", b"[]", b"[\n {}\n]\n", b"\xff"):
        file.write_bytes(damage)
        track_api_cost("claude-opus-5-5", 0, 0)
        counts = sorted(entry["input_tokens"] for entry in listed(data))
        assert [count for count in counts if count] == [1000, 1000, 1001, 1002]
    assert len(listed(data)) == 9


def test_what_cannot_be_listed_is_not_counted(data: Path) -> None:
    """A file that cannot be opened refuses the call before it is counted."""
    data.mkdir(parents=True)
    (data / "api_costs.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        track_api_cost("claude-opus-5-5", 1000, 0)
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        assert db.execute("SELECT count(*) FROM call").fetchone() == (0,)
