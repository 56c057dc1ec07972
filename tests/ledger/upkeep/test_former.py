"""Whether a month's sum is said to differ from version 1's books: of its ledgers alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.days import DAY_MS, parse
from cheaproute.ledger import migrate, store
from cheaproute.ledger.calls import retention
from cheaproute.ledger.upkeep import former
from tests.ledgers import add_call

USD = 10**9
FIRST = parse("2025-12-01") or 0


def upgraded(place: Path, version: int) -> sqlite3.Connection:
    """A ledger as `version` left it, brought up to date: a dollar in each of two months."""
    path = place / "ledger.db"
    with closing(sqlite3.connect(path)) as db:
        for number in range(1, version + 1):
            db.executescript(migrate.migration(number))
        db.execute(f"PRAGMA user_version = {version}")
        add_call(db, "m1", FIRST - 10)
        add_call(db, "m2", FIRST + 2)
        db.commit()
    path.chmod(0o600)
    return store.connect(str(path))


@pytest.mark.parametrize(("version", "says"), [(1, True), (2, False), (7, False)])
def test_only_of_version_ones_ledgers(tmp_path: Path, version: int, *, says: bool) -> None:
    """A later version's calls through a gateway have no request ids either."""
    with closing(upgraded(tmp_path, version)) as db:
        assert former.differing(db) == []
        add_call(db, "m0", FIRST + 1)  # from an older transcript
        told = [("2025-12", USD, 2 * USD)] if says else []
        assert former.differing(db) == told


def test_what_came_later_and_was_dropped_is_no_difference(tmp_path: Path) -> None:
    """Nobody can tell it apart any more; of a month that was over all stays known."""
    with closing(upgraded(tmp_path, 1)) as db:
        add_call(db, "later", FIRST + 5)
        add_call(db, "latest", FIRST + 90)
        assert former.differing(db) == []
        assert retention.drop(db, 30, (FIRST + 90) * DAY_MS) == 3
        assert former.differing(db) == []
        db.execute("UPDATE spent SET cost_nano = 3 * cost_nano WHERE period = 'month:2025-11'")
        assert former.differing(db) == [("2025-11", USD, 3 * USD)]
