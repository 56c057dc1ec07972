"""On the shared corpus of real sessions, where it is there."""

from __future__ import annotations

import json
import os
import sqlite3
import tarfile
from pathlib import Path

import pytest

from cheaproute.ledger.ingest import activity, ingest
from cheaproute.plan.evidence.load import load
from cheaproute.plan.steps import propose
from cheaproute.routing.labels import Judge
from cheaproute.usage import prices
from tests.plan.month import settings

PLACE = os.environ.get("CHEAPROUTE_CORPUS", "")
pytestmark = pytest.mark.skipif(not PLACE, reason="no corpus here (CHEAPROUTE_CORPUS)")


def test_the_bill_before_is_the_ledgers(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Every call is in exactly one place; before is the published total to the cent."""
    with tarfile.open(os.path.join(PLACE, "transcripts.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(str(path) for path in tmp_path.rglob("*.jsonl"))
    table = prices.load()
    ingest.read(db, paths, 1, table)
    for path in paths:
        activity.read(db, path, Judge())
    activity.tally(db)
    last = db.execute("SELECT max(ts_ms) FROM call").fetchone()[0]
    evidence = load(db, 60, last, settings(), table)
    with open(os.path.join(PLACE, "expected.json"), encoding="utf-8") as file:
        rows = json.load(file)["by_month_and_model"]
    plan = propose.propose(evidence, {})
    assert plan.spent / 1e9 == pytest.approx(sum(row["cost_usd"] for row in rows), abs=0.005)
    assert plan.main_loop == sum(spent.cost or 0 for turn in evidence.turns for spent in turn.calls)
    sent = sum(dispatch.cost for dispatch in evidence.dispatches)
    assert sent <= evidence.before["subagent"]
    assert 0 < plan.low <= plan.saves <= plan.high <= plan.spent
