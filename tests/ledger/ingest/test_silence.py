"""Which sessions count as ones that nothing tells of."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.ingest import silence


@pytest.fixture
def missed(tmp_path: Path) -> Callable[[str], bool]:
    """Whether the session counts as silent at a batch with the use that is named."""
    db = store.in_memory()

    def look(use: str) -> bool:
        path = str(tmp_path / "s.jsonl")
        return silence.stands_still(db, path, ("s", ""), [use], 1_000, time.monotonic())

    return look


def test_rows_taken_away_are_missed_however_the_file_grows(
    tmp_path: Path, missed: Callable[[str], bool]
) -> None:
    """Two batches without a row, with others between that have one, and a longer file each time."""
    path = tmp_path / "s.jsonl"
    path.write_text('{"a": 1}\n')
    assert not missed("toolu_1")
    path.write_text('{"type": "assistant", "id": "toolu_2"}\n{"a": 1, "b": 2}\n')
    assert not missed("toolu_2")
    path.write_text('{"a": 1, "b": 2, "c": 3}\n' * 40)
    assert missed("toolu_3")


def test_a_late_row_is_missed_no_longer_once_it_came(
    tmp_path: Path, missed: Callable[[str], bool]
) -> None:
    """A client that writes each row after its batch is never a silent one."""
    path = tmp_path / "s.jsonl"
    path.write_text("")
    for number in range(4):
        assert not missed(f"toolu_{number}")
        with path.open("a") as file:
            file.write(f'{{"id": "toolu_{number}"}}\n')
