"""Which batches a transcript lacks, and which of them came late."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.ingest import silence
from cheaproute.ledger.ingest.silence import Batch, Lost


@pytest.mark.parametrize("agent", ["", "a1"])
def test_what_is_kept_is_what_the_transcript_still_lacks(tmp_path: Path, agent: str) -> None:
    """Ids with blanks, too; another loop's are not among them."""
    db = store.in_memory()
    path = str(tmp_path / "s.jsonl")
    batch = Batch("s", agent, path, ["toolu_1"])
    own = tmp_path / "s" / "subagents" / "agent-a1.jsonl" if agent else Path(path)
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text('{"id": "toolu_2"}\n')
    silence.keep(db, batch, [Lost("toolu_1", 5, 7), Lost("toolu_2", 6, 0), Lost("a b", 7, 1)])
    silence.keep(db, Batch("s", "other", path, []), [Lost("toolu_9", 5, 7)])
    lost, came = silence.earlier(db, batch)
    assert [(one.use, one.ts_ms, one.nano) for one in lost] == [("a b", 7, 1), ("toolu_1", 5, 7)]
    assert [one.use for one in came] == ["toolu_2"]


def test_a_row_of_an_earlier_version_has_no_amount(tmp_path: Path) -> None:
    """What was noted before this rule is known by its use alone."""
    db = store.in_memory()
    (tmp_path / "s.jsonl").write_text("")
    db.execute("INSERT INTO told VALUES('s', 'still  toolu_1', 3)")
    lost, _ = silence.earlier(db, Batch("s", "", str(tmp_path / "s.jsonl"), []))
    assert [(one.use, one.nano) for one in lost] == [("toolu_1", 0)]


def test_a_row_is_waited_for_no_longer_than_said(tmp_path: Path) -> None:
    """Whether it is there at the end of the wait."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "toolu_1"}\n')
    assert Batch("s", "", str(path), ["toolu_1"]).comes(time.monotonic())
    assert not Batch("s", "", str(path), ["toolu_2"]).comes(time.monotonic())
