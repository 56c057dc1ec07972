"""A ledger of the test's own, and a month to put into it."""

from __future__ import annotations

import sqlite3

import pytest

from tests.plan.month import Month


@pytest.fixture
def month(db: sqlite3.Connection) -> Month:
    """An empty month."""
    return Month(db)
