from __future__ import annotations

import sqlite3

import pytest

from tests import ledgers


@pytest.fixture
def full(db: sqlite3.Connection) -> sqlite3.Connection:
    """A ledger of a year."""
    ledgers.year(db)
    return db
