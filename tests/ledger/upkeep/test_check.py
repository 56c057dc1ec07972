"""The walk over the whole ledger finds what does not add up."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from tests.transcripts import SESSION, assistant, write

SABOTAGE = {
    "UPDATE daily SET cost_nano = cost_nano + 1": "not the sum of the calls",
    "UPDATE daily SET output = output - 1": "not the sum of the calls",
    "UPDATE spent SET cost_nano = cost_nano + 1 WHERE period LIKE 'month:%'": "month:",
    "UPDATE spent SET cost_nano = cost_nano + 1 WHERE period LIKE 'session:%'": "session:",
    "DELETE FROM model": "without a model",
    "DELETE FROM session": "without its session",
    "DELETE FROM file": "without its transcript",
    "INSERT INTO copy VALUES(1, 'gone')": "copy of no call",
    "INSERT INTO call_row VALUES('u', 'gone')": "row of no call",
    "UPDATE file SET offset = offset - 3, tail = substr(tail, 1, length(tail) - 3)": "middle of a",
    "INSERT OR REPLACE INTO meta VALUES('calls.since_day', '99999')": "past all calls",
}


@pytest.mark.parametrize(("sql", "word"), SABOTAGE.items(), ids=SABOTAGE.values())
def test_what_does_not_add_up_is_found(
    tmp_path: Path,
    sql: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`ledger check` is 0 with one line, or 1 and says what is wrong."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    path = write(tmp_path / f"{SESSION}.jsonl", assistant("msg_1"), assistant("msg_2"))
    with contextlib.closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        ingest.read(db, [path], 0, prices.load())
        assert check.problems(db) == []
        assert main(["ledger", "check"]) == 0
        assert capsys.readouterr().out == "2 calls: everything adds up.\n"
        db.execute(sql)
    assert main(["ledger", "check"]) == 1
    assert word in capsys.readouterr().out
