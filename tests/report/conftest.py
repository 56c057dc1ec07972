from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator

import pytest

from cheaproute.ledger import store
from tests import ledgers


@pytest.fixture
def db(tmp_path: os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """An empty ledger."""
    connection = store.connect(os.path.join(tmp_path, "data", "ledger.db"))
    yield connection
    connection.close()


@pytest.fixture
def full(db: sqlite3.Connection) -> sqlite3.Connection:
    """A ledger of a year."""
    ledgers.year(db)
    return db
