"""`cheaproute prices` and `cheaproute export`."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute import track_api_cost
from cheaproute.cli import price_sources
from cheaproute.cli.main import main
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.ledgers import NOW_MS
from tests.transcripts import SESSION, assistant, usage, write


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The rows in force now, with the step of Haiku and fast modes on lines of their own."""
    assert main(["prices"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    haiku = [row[1:] for row in rows if row[0] == "claude-haiku-5-5"]
    assert haiku == [
        ["2026-10-07", "0.1", "0.5", "0.125", "0.2", "0.01"],
        ["2026-10-07", "0.5", "2.5", "0.625", "1", "0.05", "prompt", "above", "100,000", "tokens"],
    ]
    assert [row[1] for row in rows if row[0] == "claude-sonnet-5-5"] == ["2026-10-07"]
    assert main(["prices", "--all"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    history = [row[1] for row in rows if row[0] == "claude-sonnet-5-5"]
    assert history == ["2026-09-28", "2026-10-07"]


def test_agrees_with_other_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rate is what the installed tables say, but for what is accepted with a reason."""
    assert main(["prices", "--check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["differences"] == []
    (compared,) = [n for name, n in told["compared"].items() if name.startswith("genai-prices")]
    assert compared >= 24
    assert all(one["why"] for one in told["accepted"])


def test_disagreement_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A rate that differs is named with both values, and fails the command."""
    table = json.loads(Path(prices.FILE).read_text())
    table["models"]["claude-opus-5-5"]["prices"][0]["rates"][4] = 0.4
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(table))
    monkeypatch.setattr(prices, "FILE", str(path))
    assert main(["prices", "--check"]) == 1
    assert "claude-opus-5-5: cache read is 0.4 here, 0.2 in genai-prices" in (
        capsys.readouterr().out
    )


def test_litellms_map_is_read_without_importing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Litellm's rates are dollars per token in a file of the package."""
    folder = tmp_path / "litellm"
    folder.mkdir()
    rates = {
        "input_cost_per_token": 4e-06,
        "output_cost_per_token": 2e-05,
        "cache_creation_input_token_cost": 5e-06,
        "cache_read_input_token_cost": 3e-07,
        "litellm_provider": "anthropic",
    }
    (folder / "model_prices_and_context_window_backup.json").write_text(
        json.dumps({"claude-opus-5-5": rates, "gpt-7": rates | {"litellm_provider": "openai"}})
    )

    class Distribution:
        def locate_file(self, name: str) -> Path:
            return tmp_path / name

    metadata = price_sources.importlib.metadata  # type: ignore[attr-defined]
    monkeypatch.setattr(metadata, "distribution", lambda _: Distribution())
    monkeypatch.setattr(metadata, "version", lambda _: "1.0")
    with open(prices.FILE) as file:
        found = price_sources.compare(json.load(file), NOW_MS)
    assert found.compared["litellm 1.0"] == 1
    assert found.differences == [
        price_sources.Difference("claude-opus-5-5", "cache read", 0.2, 0.3, "litellm 1.0")
    ]


def ledger_of_two(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A main loop's call, and a subagent's of unknown price on the day after."""
    path = write(tmp_path / f"{SESSION}.jsonl", assistant("msg_1", used=usage(speed="fast")))
    agent = tmp_path / SESSION / "subagents" / "agent-a1.jsonl"
    write(agent, assistant("msg_2", model="claude-next", ts="2026-11-23T00:00:00Z", stop=None))
    ingest.meter(db, path, NOW_MS, prices.load())


def test_export(
    ledger: sqlite3.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON lines and CSV hold the same calls, with all that the ledger knows of each."""
    ledger_of_two(ledger, tmp_path)
    assert main(["export"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "id": "msg_1",
        "time": "2026-11-22T09:53:16.303Z",
        "source": "main",
        "model": "claude-sonnet-5-5",
        "requested_model": "",
        "session": SESSION,
        "project": "/home/me/project",
        "agent": "",
        "agent_type": "",
        "input_tokens": 1000,
        "output_tokens": 200,
        "cache_write_5m_tokens": 100,
        "cache_write_1h_tokens": 200,
        "cache_read_tokens": 5000,
        "web_searches": 0,
        "mode": "fast",
        "cost_usd": None,
        "saved_usd": 0.0,
        "cost_nano_usd": None,
        "saved_nano_usd": 0,
        "final": True,
    }
    assert (second["source"], second["agent"], second["final"]) == ("subagent", "a1", False)
    assert main(["export", "--format", "csv"]) == 0
    rows: list[Any] = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == ["msg_1", "msg_2"]
    assert rows[0]["cost_nano_usd"] == ""
    assert rows[0].keys() == first.keys()


def test_export_of_some_days(
    ledger: sqlite3.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days bound the export, both included."""
    ledger_of_two(ledger, tmp_path)
    for words, ids in (
        (["--since", "2026-11-23"], ["msg_2"]),
        (["--until", "2026-11-22"], ["msg_1"]),
        (["--since", "2026-11-22", "--until", "2026-11-23"], ["msg_1", "msg_2"]),
    ):
        assert main(["export", *words]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids
    assert main(["export", "--since", "tomorrow"]) == 2
    assert "'tomorrow' is no day or span" in capsys.readouterr().err


@pytest.mark.usefixtures("ledger")
def test_export_of_the_guides_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`api_costs` is the file that track_api_cost keeps."""
    track_api_cost("claude-haiku-5-5", 100, 10)
    assert main(["export", "--format", "api_costs"]) == 0
    kept = json.loads((tmp_path / "data" / "api_costs.json").read_text())
    assert json.loads(capsys.readouterr().out) == kept
    assert len(kept) == 1
