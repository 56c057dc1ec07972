"""A ledger of the test's own, and a month to put into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.plan.month import Month


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty ledger, closed after the test."""
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as connection:
        yield connection


@pytest.fixture
def month(db: sqlite3.Connection) -> Month:
    """An empty month."""
    return Month(db)
