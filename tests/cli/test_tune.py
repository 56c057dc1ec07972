from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from tests.plan import month as made
from tests.plan.month import Month

CONFIG = """\
# mine
[routing.agents]
Explore = "haiku"  # since May

[cap]
at_cap = "warn"
"""


@pytest.fixture
def cheaproute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of everything; the clock stands at the end of the made month."""
    place = tmp_path / "cheaproute"
    monkeypatch.setenv("CHEAPROUTE_HOME", str(place))
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: made.NOW_MS)
    return place


@pytest.fixture
def ledger(cheaproute: Path) -> Iterator[sqlite3.Connection]:
    """The ledger the commands open."""
    with closing(store.connect(str(cheaproute / "ledger.db"))) as db:
        yield db


def test_tune_writes_nothing_without_the_word(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The diff is shown; nobody says yes; the file is as it was."""
    made.wasteful_agent(Month(ledger))
    (cheaproute / "config.toml").write_text(CONFIG)
    assert main(["tune", "--days", "28"]) == 0
    assert "agent 'log-reader': Haiku instead of Opus" in capsys.readouterr().out
    assert main(["tune", "--days", "28", "--apply"]) == 1
    said = capsys.readouterr()
    assert '+log-reader = "haiku"' in said.out
    assert "nothing was changed" in said.err
    assert (cheaproute / "config.toml").read_text() == CONFIG


def test_apply_keeps_the_users_file_and_undo_restores_it(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments, order and rules stay; the rule is in force; undo brings every byte back."""
    made.wasteful_agent(Month(ledger))
    path = cheaproute / "config.toml"
    path.write_text(CONFIG)
    assert main(["tune", "--days", "28", "--apply", "--yes"]) == 0
    rule = 'Explore = "haiku"  # since May\nlog-reader = "haiku"\n'
    assert path.read_text() == CONFIG.replace('Explore = "haiku"  # since May\n', rule)
    capsys.readouterr()
    assert main(["tune", "--days", "28", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proposals"] == []
    path.write_text(path.read_text() + "# by hand\n")
    assert main(["tune", "--undo"]) == 1
    assert main(["tune", "--undo", "--yes"]) == 0
    assert path.read_text() == CONFIG


def test_only_some_of_the_proposals(ledger: sqlite3.Connection, cheaproute: Path) -> None:
    """`--only` takes the numbers of the report; a wrong one is a usage error."""
    month = Month(ledger)
    made.wasteful_agent(month)
    made.failing_category(month)
    assert main(["tune", "--days", "28", "--apply", "--yes", "--only", "3"]) == 2
    assert main(["tune", "--days", "28", "--apply", "--yes", "--only", "1"]) == 0
    assert (cheaproute / "config.toml").read_text().count("=") == 1


def test_json_and_backtest(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dollars are numbers, intervals pairs; the backtest's bill before is the ledger's."""
    del cheaproute
    month = Month(ledger)
    made.noise(month)
    made.everyday_opus(month)
    assert main(["tune", "--days", "28", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (proposal,) = report["proposals"]
    assert proposal["command"] == "cheaproute mode quality"
    assert set(proposal["alternatives"]) == {"mode economy", "mode balanced", "/cheap"}
    assert report["main_loop"]["interval"][0] < proposal["hits"] / proposal["samples"]
    assert main(["tune", "--days", "28", "--backtest", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)["before_usd"]
    total = ledger.execute("SELECT sum(cost_nano) FROM daily").fetchone()[0]
    assert sum(before.values()) == pytest.approx(total / 1e9, abs=1e-9)


def test_an_empty_ledger_proposes_nothing(
    cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says that it is too little for a backtest."""
    del cheaproute
    assert main(["tune"]) == 0
    assert "`cheaproute import` reads your history" in capsys.readouterr().out
    assert main(["tune", "--backtest"]) == 0
    assert "Too little to go by" in capsys.readouterr().out
