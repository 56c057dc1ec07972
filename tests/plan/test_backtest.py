from __future__ import annotations

import sqlite3

from cheaproute.ledger.query import totals
from cheaproute.plan import backtest, screen
from cheaproute.plan.steps import propose
from tests.plan import month as made
from tests.plan.month import HAIKU, NOW_MS, Month


def ledger(db: sqlite3.Connection, month: Month) -> dict[str, int]:
    """The bill by source, from the kept totals."""
    past = NOW_MS // made.DAY_MS + 1
    return {name: sums.cost_nano for name, sums in totals.by(db, "source", past - month.days, past)}


def test_before_is_the_ledger(db: sqlite3.Connection, month: Month) -> None:
    """To the nano-dollar, by source, and under no proposals nothing changes."""
    made.noise(month)
    made.everyday_opus(month)
    test = backtest.run(month.evidence(), [])
    assert test.before == ledger(db, month)
    assert test.after == test.present == test.before


def test_after_is_less_by_what_was_proposed(month: Month) -> None:
    """The bill falls by the proposals' own figure, in the source that they concern."""
    made.noise(month)
    made.wasteful_agent(month)
    evidence = month.evidence()
    (proposal,) = found = propose.propose(evidence)
    test = backtest.run(evidence, found)
    fall = test.before["subagent"] - test.after["subagent"]
    assert evidence.month(fall) == proposal.month_nano
    assert test.after["main"] == test.before["main"]
    assert test.moved == 20


def test_a_promotion_runs_dearer_and_is_not_run_twice(month: Month) -> None:
    """Fourteen tasks on Sonnet instead of Haiku; the four repetitions are not sent out."""
    made.failing_category(month)
    evidence = month.evidence()
    test = backtest.run(evidence, propose.propose(evidence))
    # three calls: input 60, output 2,400, 1-hour writes 21,000, reads 30,000
    sonnet = 60 * 2_000 + 2_400 * 10_000 + 21_000 * 4_000 + 30_000 * 100
    assert test.after["subagent"] == 14 * sonnet
    assert test.moved >= 14


def test_a_mode_is_shown_beside_the_rules(month: Month) -> None:
    """What the proposed mode would do to the main loop stands in a bill of its own."""
    made.everyday_opus(month)
    evidence = month.evidence()
    test = backtest.run(evidence, propose.propose(evidence))
    assert test.mode == "balanced"
    assert test.with_mode is not None
    # Sonnet is half of Opus in every rate here.
    assert test.with_mode["main"] * 2 == test.before["main"]
    assert test.after["main"] == test.before["main"]


def test_too_little_is_said(month: Month) -> None:
    """A day of a few calls is no history."""
    month.days = 1
    month.call(NOW_MS, HAIKU, 1)
    evidence = month.evidence()
    test = backtest.run(evidence, [])
    assert not test.enough
    assert screen.backtest(test, evidence).startswith("Too little to go by: 1 of at least 3 days")


def test_dropped_calls_still_count_in_before(db: sqlite3.Connection, month: Month) -> None:
    """Where only totals were kept, the bill is whole, and the gap is said."""
    made.noise(month)
    whole = ledger(db, month)
    db.execute("DROP TRIGGER call_removed")
    db.execute("DELETE FROM call WHERE id IN ('msg_1', 'msg_2')")
    evidence = month.evidence()
    assert backtest.run(evidence, []).before == whole
    assert evidence.notes[0].startswith("2 calls of these days are kept as totals only")
