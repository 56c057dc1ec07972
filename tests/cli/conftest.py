from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests import ledgers


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """The user's ledger, and a clock that stands at 2026-11-22 15:30 UTC."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("time.time", lambda: ledgers.NOW_MS / 1000)
    db = store.connect(os.path.join(tmp_path, "data", "ledger.db"))
    yield db
    db.close()


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """These commands are typed by a person in a terminal, but where the client's mark is set."""
    monkeypatch.setattr(
        "cheaproute.client.ancestry.whose_word",
        lambda env, **_: "it was started from within Claude Code" if env.get("CLAUDECODE") else "",
    )
