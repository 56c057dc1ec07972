"""A model that failed rests for a while."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from cheaproute.ledger import failures, store

if TYPE_CHECKING:
    from pathlib import Path


def test_it_rests_as_long_as_it_was_told_to(tmp_path: Path) -> None:
    """Minutes after a failure, a day where there is none of it; then it is tried again."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        assert not failures.rests(db, "haiku", 1_000)
        failures.rest(db, "haiku", 1_000)
        assert failures.rests(db, "haiku", 1_000 + failures.REST_MS - 1)
        assert not failures.rests(db, "haiku", 1_000 + failures.REST_MS)
        failures.rest(db, "haiku", 1_000, absent=True)
        assert [*failures.resting(db, 2_000)] == ["haiku"]
        failures.rest(db, "haiku", 2_000)  # a lesser failure of one that was under way
        assert failures.rests(db, "haiku", 999 + failures.ABSENT_MS)
        assert not failures.rests(db, "sonnet", 2_000)
        assert failures.resting(db, 1_000 + failures.ABSENT_MS) == {}
        assert failures.resting(db, -failures.ABSENT_MS) == {}
