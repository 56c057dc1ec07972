"""The lines beside the sums."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cheaproute.ledger import failures, store
from cheaproute.report import costs

NOW_MS = 1_795_000_000_000


def test_a_model_that_rests_is_named(tmp_path: Path) -> None:
    """While it rests, and no longer."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        assert not [note for note in costs.build(db, NOW_MS).notes if "Haiku" in note]
        failures.rest(db, "haiku", NOW_MS)
        (said,) = [note for note in costs.build(db, NOW_MS + 1).notes if "Haiku" in note]
        assert "failed lately: nothing is routed to it now" in said
        later = NOW_MS + failures.REST_MS + 1
        assert not [note for note in costs.build(db, later).notes if "Haiku" in note]
