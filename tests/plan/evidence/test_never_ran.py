from __future__ import annotations

import pytest

from tests.plan.month import HAIKU, Month


@pytest.mark.parametrize("status", ["cut", "error", "ok"])
def test_what_was_never_answered_is_no_evidence(month: Month, status: str) -> None:
    """Neither of a model nor of a repeat; rows that used nothing name no model."""
    id_ = month.sent(1, HAIKU, status=status)
    [sent] = month.evidence().dispatches
    assert (sent.id, sent.ran) == (id_, HAIKU)
    month.db.execute("INSERT INTO model(name) VALUES('<synthetic>')")
    month.db.execute(
        "UPDATE call SET input = 0, output = 0, write_5m = 0, write_1h = 0, read = 0,"
        " cost_nano = 0, model = (SELECT id FROM model WHERE name = '<synthetic>')"
    )
    assert [one.ran for one in month.evidence().dispatches] == ([HAIKU] if status == "ok" else [])
