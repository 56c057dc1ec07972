"""What decisions were made of: kept once, the latest only."""

from __future__ import annotations

from cheaproute.ledger import decisions, store
from cheaproute.routing.decision import Basis


def test_the_latest_are_kept() -> None:
    """A dispatch that is noted twice stands once; the oldest go."""
    with store.in_memory() as db:
        for number in range(decisions.MOST_JUDGED + 10):
            basis = Basis(0.5, "short", {"is:task": 1.0, "is:code": 0.0}, "text: open")
            decisions.learn(db, f"t{number}", 64 * number, basis)
            decisions.learn(db, f"t{number}", 64 * number, basis)
        count, oldest = db.execute("SELECT count(*), min(ts_ms) FROM judged").fetchone()
        assert count == decisions.MOST_JUDGED
        assert oldest == 64 * 10
        assert db.execute("SELECT DISTINCT features FROM judged").fetchall() == [("is:task=1000",)]
