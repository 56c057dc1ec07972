"""A turn that its user sent to Haiku, beside the same on the session's own model."""

from __future__ import annotations

import sqlite3

import pytest

from cheaproute.days import DAY_MS
from cheaproute.ledger.module import loops, own_turn
from cheaproute.usage import prices as tables
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano
from tests import ledgers
from tests.ledgers import TODAY

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
PRICES = tables.load()
BEGAN_MS = TODAY * DAY_MS + 43_200_000


def add(
    db: sqlite3.Connection, name: str, model: str, after_s: int, written: int, read: int
) -> None:
    """An answered request of the main loop."""
    counts = (0, 100, written, 0, read)
    ledgers.add_call(db, name, TODAY, model=model, session=1, tokens=counts)
    db.execute("UPDATE call SET ts_ms = ? WHERE id = ?", (BEGAN_MS + after_s * 1000, name))


def cost(model: str, written: int, read: int) -> int:
    """Its list price."""
    one = Call("", BEGAN_MS, model, output=100, write_5m=written, read=read)
    found = cost_nano(one, PRICES)
    assert found is not None
    return found


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(("context", "dearer"), [(40_000, False), (150_000, True)])
def test_the_own_model_reads_what_it_has_warm(
    db: sqlite3.Connection, context: int, *, told: bool, dearer: bool
) -> None:
    """With the module's word or by the calls alone; a long context costs more on Haiku."""
    if told:
        loops.note_own(db, 1, OPUS)
    add(db, "a", OPUS, -60, 500, context - 500)
    add(db, "b", HAIKU, 5, context + 300, 0)
    add(db, "c", HAIKU, 9, 400, context + 300)
    stayed = cost(OPUS, 300, context) + cost(OPUS, 400, context + 300)
    went = cost(HAIKU, context + 300, 0) + cost(HAIKU, 400, context + 300)
    assert own_turn.compared(db, 1, BEGAN_MS, PRICES) == (OPUS, stayed - went)
    assert (stayed < went) is dearer


def test_a_cold_cache_would_have_been_written(db: sqlite3.Connection) -> None:
    """The own model's last answer is an hour old."""
    add(db, "a", OPUS, -3_700, 500, 39_500)
    add(db, "b", HAIKU, 5, 40_300, 0)
    saved = cost(OPUS, 40_300, 0) - cost(HAIKU, 40_300, 0)
    assert own_turn.compared(db, 1, BEGAN_MS, PRICES) == (OPUS, saved)


def test_a_sessions_first_turn_is_not_compared(db: sqlite3.Connection) -> None:
    """Nothing of the own model is known."""
    loops.note_own(db, 1, OPUS)
    add(db, "b", HAIKU, 5, 40_300, 0)
    assert own_turn.compared(db, 1, BEGAN_MS, PRICES) is None
