"""Cache misses: which calls wrote a context again, why, and what it cost."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.main import main
from cheaproute.days import DAY_MS, parse_ms
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.query import misses
from cheaproute.usage import prices
from tests.transcripts import SESSION, assistant, write

PRICES = prices.load()
OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
DAY = parse_ms("2026-11-22T00:00:00.000Z") // DAY_MS


def call(n: int, minute: float, read: int, wrote: int, **more: Any) -> dict[str, Any]:
    """A call that read so much from the cache and wrote so much for five minutes."""
    hour = more.pop("hour", 0)
    used = {
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": wrote + hour,
        "cache_creation": {"ephemeral_5m_input_tokens": wrote, "ephemeral_1h_input_tokens": hour},
        "speed": more.pop("speed", "standard"),
    }
    ts = f"2026-11-22T10:{int(minute):02}:{round(minute % 1 * 60):02}.000Z"
    return assistant(
        f"msg_01Abcdefghij{n:04}", model=more.pop("model", OPUS), ts=ts, used=used, **more
    )


CASES = {
    "hit": ([call(1, 0, 0, 50_000), call(2, 1, 50_000, 900)], []),
    "grown": ([call(1, 0, 0, 50_000), call(2, 1, 50_000, 90_000)], []),
    "idle": ([call(1, 0, 0, 50_000), call(2, 6, 0, 51_000)], [("idle", 50_000, 240_000_000)]),
    "kept an hour": (
        [call(1, 0, 0, 0, hour=50_000), call(2, 6, 0, 0, hour=51_000)],
        [("unknown", 50_000, 390_000_000)],
    ),
    "unknown": ([call(1, 0, 0, 50_000), call(2, 1, 0, 51_000)], [("unknown", 50_000, 240_000_000)]),
    "changed": (
        [call(1, 0, 20_000, 30_000), call(2, 1, 20_000, 31_000)],
        [("changed", 30_000, 144_000_000)],
    ),
    "model": (
        [call(1, 0, 0, 50_000), call(2, 1, 0, 51_000, model=HAIKU)],
        [("model", 50_000, 5_750_000)],
    ),
    "fast": (
        [call(1, 0, 0, 50_000), call(2, 1, 0, 51_000, speed="fast")],
        [("mode", 50_000, 480_000_000)],
    ),
    "effort": (
        [call(1, 0, 0, 50_000, effort="high"), call(2, 1, 0, 51_000, effort="low")],
        [("effort", 50_000, 240_000_000)],
    ),
    "effort not told": (
        [call(1, 0, 0, 50_000, effort="high"), call(2, 1, 0, 51_000)],
        [("unknown", 50_000, 240_000_000)],
    ),
    "compacted": (
        [call(1, 0, 0, 50_000), call(2, 1, 5_000, 9_000)],
        [("compaction", 9_000, 43_200_000)],
    ),
    "small": ([call(1, 0, 0, 50_000), call(2, 1, 49_000, 1_000)], []),
    "another loop": (
        [call(1, 0, 0, 50_000), call(2, 1, 0, 9_000, agentId="a", isSidechain=True)],
        [],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES)
def test_misses(
    tmp_path: Path, rows: list[dict[str, Any]], expected: list[tuple[str, int, int]]
) -> None:
    """What was there and was written all the same, with its first visible reason."""
    with contextlib.closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        ingest.read(db, [write(tmp_path / f"{SESSION}.jsonl", *rows)], 0, PRICES)
        found = misses.of(db, DAY, DAY + 1, PRICES)
        assert [(miss.why, miss.tokens, miss.cost_nano) for miss in found] == expected
        assert misses.of(db, DAY + 1, DAY + 2, PRICES) == []
        by_day = misses.sums(found, "day")
        assert [row[1:] for row in by_day] == ([(1, *expected[0][1:])] if expected else [])


def test_what_is_not_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many sessions more there are, and what theirs cost; a project's head has `~`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    place = str(tmp_path / "shop")
    for number in range(8):
        uuid = f"{number}{SESSION[1:]}"
        rows = [{**copy.deepcopy(row), "sessionId": uuid} for row in CASES["idle"][0]]
        for row in rows:
            row["cwd"] = place
            row["requestId"] = f"req_{number}_{row['message']['id']}"
            row["message"]["id"] += f"_{number}"
        assert main(["import", write(tmp_path / f"{uuid}.jsonl", *rows)]) == 0
    capsys.readouterr()
    assert main(["costs", "misses", "--month", "2026-11"]) == 0
    assert "and 2 more sessions, $0.48\n" in capsys.readouterr().out
    for view in ("", "models", "sources", "agents", "days", "misses", "sessions"):
        words = [view] if view else []
        assert main(["costs", *words, "--month", "2026-11", "--project", place]) == 0
        assert capsys.readouterr().out.splitlines()[1] == "~/shop", view


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a screen, and as JSON by reason, day, session, model and project."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    path = write(tmp_path / f"{SESSION}.jsonl", *CASES["idle"][0])
    assert main(["import", path]) == 0
    capsys.readouterr()
    assert main(["costs", "misses", "--month", "2026-11"]) == 0
    out = capsys.readouterr().out
    assert "1 call wrote 50,000 tokens again that had been cached: $0.24 more" in out
    assert "the cache had run out" in out
    assert main(["costs", "misses", "--month", "2026-11", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["misses"], said["tokens"], said["cost_usd"]) == (1, 50_000, 0.24)
    assert said["by_session"][0]["session"] == SESSION
    assert said["by_day"][0]["day"] == "2026-11-22"
    assert main(["costs", "misses", "--month", "2026-10"]) == 0
    assert "No cache misses" in capsys.readouterr().out
