"""The first look at a history: what it says of subagents."""

from __future__ import annotations

import sqlite3

from cheaproute.ledger import schema
from cheaproute.report.terminal import story
from cheaproute.report.zone import Zone
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY


def _said(db: sqlite3.Connection) -> str:
    return story.routable(db, NOW_MS, Zone())


def test_what_is_said_of_subagents(db: sqlite3.Connection) -> None:
    """None, some without a transcript, some without a price, some with their cost."""
    assert _said(db) == ""
    ledgers.add_call(db, "m1", TODAY)
    assert "No subagent ran" in _said(db)
    ledgers.add_dispatch(db, "t1", TODAY, agent_type="Explore")
    ledgers.add_dispatch(db, "t2", TODAY, agent_type="code-reviewer", resolved="claude-opus-5-5")
    assert _said(db).startswith("2 subagents were sent out, but no transcript of them is there:")
    assert "$0.00" not in _said(db)
    ledgers.add_call(db, "s1", TODAY, source=schema.SUBAGENT, model="unheard-of", cost_nano=None)
    assert "their models have no price" in _said(db)
    ledgers.add_call(db, "s2", TODAY, source=schema.SUBAGENT)
    assert "were $1.00 of that (50 %)" in _said(db)
