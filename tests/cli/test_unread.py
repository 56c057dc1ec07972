"""`costs` after sessions in which nothing of ours ran: they are read first."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.hook import history
from cheaproute.ledger import intern, store
from tests import transcripts

OTHER = "22222222-2222-3333-4444-555555555555"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user's transcripts lie whose history of one session is read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    place = tmp_path / ".claude" / "projects" / "p"
    place.mkdir(parents=True)
    write(place, transcripts.SESSION, "msg_1")
    store.connect(ledger_file()).close()
    assert history.read_now(os.environ, 60)
    return place


def ledger_file() -> str:
    """The user's ledger."""
    return os.path.join(os.environ["CHEAPROUTE_HOME"], "ledger.db")


def write(place: Path, session: str, message: str) -> None:
    """One call of the session, now."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    row = transcripts.assistant(message, ts=now, session=session)
    transcripts.append(place / f"{session}.jsonl", row)


def calls(capsys: pytest.CaptureFixture[str]) -> int:
    """How many calls `cheaproute costs` tells of."""
    assert main(["costs", "--json", "all"]) == 0
    return sum(one["messages"] for one in json.loads(capsys.readouterr().out)["by_model"])


def test_what_ran_without_us_is_in_the_sums_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new session, and one that goes on; where nothing has grown nothing is started."""
    assert calls(capsys) == 1
    write(folder, OTHER, "msg_2")
    write(folder, transcripts.SESSION, "msg_3")
    assert calls(capsys) == 3


def test_no_process_is_started_where_hooks_read_or_nothing_could_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session with hooks of ours in it is theirs; a torn row is looked at once."""
    started = []

    def counted(_env: object, seconds: float) -> bool:
        started.append(seconds)
        return True

    monkeypatch.setattr(history, "read_now", counted)
    with closing(store.connect(ledger_file())) as db:
        intern.take_up(db, transcripts.SESSION, 1)
    write(folder, transcripts.SESSION, "msg_2")
    assert calls(capsys) == 1
    assert not started
    (folder / f"{OTHER}.jsonl").write_text("{torn")
    for _ in range(2):
        assert calls(capsys) == 1
    assert len(started) == 1


def test_what_takes_longer_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sums are shown all the same, and say what they lack."""
    monkeypatch.setattr(history, "read_now", lambda *_: False)
    write(folder, OTHER, "msg_2")
    assert main(["costs", "--json"]) == 0
    said = capsys.readouterr().err
    assert said == (
        "cheaproute: 1 transcript grew since the last look: being read, these sums lack it\n"
    )
