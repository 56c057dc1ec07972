"""The new days as they would have been without the plan."""

from __future__ import annotations

from cheaproute.plan.replay.before import without
from tests.plan.replay.test_engine import OPUS, SONNET, TARIFFS, bill, call, chain

LONG = (
    call(0, (0, 500, 0, 150_000, 0)),
    call(1, (0, 500, 0, 40_000, 0)),
    call(2, (0, 500, 0, 1_000, 40_000)),
)


def test_what_was_made_small_is_whole_again() -> None:
    """The context that a compaction wrote anew would have been read, and carried on."""
    found = without(chain(*LONG), TARIFFS, past=120_000, model="")
    want = (
        bill(OPUS, 0, 500, 0, 150_000, 0)
        + bill(OPUS, 0, 500, 0, 0, 150_000)
        + bill(OPUS, 0, 500, 0, 1_000, 150_000)
    )
    assert (found.spent, found.before, found.model) == (chain(*LONG).cost, want, 0)


def test_what_shrank_for_other_reasons_is_left_alone() -> None:
    """No window in force, or a context far below it: the bill is the bill."""
    session = chain(*LONG)
    for past in (0, 300_000):
        assert without(session, TARIFFS, past=past, model="").before == session.cost


def test_a_return_that_was_handed_over_would_have_written_it_all() -> None:
    """After an hour the cache was gone: as before the whole context is written again."""
    cold = (LONG[0], call(120, (0, 500, 0, 40_000, 0)))
    found = without(chain(*cold), TARIFFS, past=100_000, model="")
    assert found.before - bill(OPUS, 0, 500, 0, 150_000, 0) == bill(OPUS, 0, 500, 0, 150_000, 0)


def test_a_cheaper_model_goes_back_to_the_one_before() -> None:
    """The same tokens at the other price: that part of the difference is the model's."""
    session = chain(*(call(n, (0, 500, 0, 1_000, 20_000), SONNET) for n in range(3)))
    found = without(session, TARIFFS, past=0, model=OPUS)
    assert found.before == 3 * bill(OPUS, 0, 500, 0, 1_000, 20_000)
    assert found.model == found.before - found.spent > 0


def test_whole_contexts_lived_as_long_as_before() -> None:
    """After twenty minutes an hour's cache is read, and what five minutes' lost was not written."""
    handed = (LONG[0], call(20, (0, 500, 40_000, 0, 0)), call(40, (0, 500, 41_000, 0, 0)))
    found = without(chain(*handed), TARIFFS, past=100_000, model="", lived_ms=3_600_000)
    assert found.before == (
        bill(OPUS, 0, 500, 0, 150_000, 0)
        + bill(OPUS, 0, 500, 0, 0, 150_000)
        + bill(OPUS, 0, 500, 0, 1_000, 150_000)
    )
    short = without(chain(*handed), TARIFFS, past=0, model="", lived_ms=300_000)
    assert short.before == sum(
        bill(OPUS, 0, 500, written, 0, 0) for written in (150_000, 40_000, 41_000)
    )
