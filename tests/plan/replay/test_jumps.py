"""A compaction acts on what stood at the end of a call: what the next one adds is sent anyway."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.engine import Engine
from cheaproute.plan.replay.levers import CHEAPER, Levers
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.walk import COMPACTED
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.main_loop import Lever
from tests.plan.replay.test_engine import OPUS, SMALL, TARIFFS, bill, call, chain, replay

N = 100_000
HOUR = 60
STEPS = [main_loop.window(N), main_loop.cold_return(N), main_loop.task_end(N)]
TOGETHER = [*STEPS, Lever("handover", CHEAPER, {"author": CHEAPER})]
BOUNDS = ["", "low", "high"]

Parts = tuple[int, int, int]  # fresh, written, read


def session(*parts: Parts, apart: float = 1) -> Chain:
    """Calls of these prompts, so many minutes apart; unrelated work begins with each."""
    calls = [
        call(place * apart, (fresh, 500, written, 0, read))
        for place, (fresh, written, read) in enumerate(parts)
    ]
    whole = chain(*calls)
    return Chain(1, "", tuple(one._replace(begins=True) for one in whole.links))


def saved(of: Chain, levers: Levers) -> int:
    """What the session would have saved, in nano-dollars."""
    return Replays([of], TARIFFS, SMALL).saved(levers)


BIG = (250_000, 0, 20_000)
JUMPS: list[tuple[Parts, ...]] = [
    ((900_000, 0, 0),),
    ((0, 900_000, 0),),
    ((20_000, 0, 0), BIG),
    ((0, 20_000, 0), (0, 250_000, 20_000)),
    ((0, 20_000, 0), (0, 900_000, 0)),  # after a pause: nothing was read
    ((0, 42_000, 0), (1_000, 0, 0), (900_000, 0, 0)),
    ((0, 42_000, 0), (1_000, 0, 0), (900_000, 0, 0), (900_000, 0, 0)),
    ((0, 42_000, 0), (1_000, 0, 0), (0, 900_000, 0), (1_000, 0, 0), (0, 400_000, 0)),
    ((0, 900_000, 0), (300_000, 0, 0), (0, 120_000, 0)),  # each starts anew
]


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("apart", [1, HOUR])
@pytest.mark.parametrize("parts", JUMPS)
def test_a_session_of_jumps_saves_nothing(
    parts: tuple[Parts, ...], apart: float, bound: str
) -> None:
    """Before each call there stood nothing that was past the window: there is nothing to do."""
    of = session(*parts, apart=apart)
    for chosen in (*([one] for one in STEPS), TOGETHER):
        levers = main_loop.levers(chosen, bound)
        assert Engine(levers, TARIFFS, SMALL).replay(of) == (of.cost, ())


@pytest.mark.parametrize(
    "sizes", [(20_000, 270_000), (42_000, 1_000, 900_000), (42_000, 1_000, 300_000, 300_000)]
)
def test_without_a_cache_a_jump_saves_nothing_either(sizes: tuple[int, ...]) -> None:
    """Every prompt is sent fresh: what it is longer by is new, and all of what is not longer."""
    of = session(*((size, 0, 0) for size in sizes))
    for chosen in (*([one] for one in STEPS), TOGETHER):
        assert Engine(main_loop.levers(chosen), TARIFFS, SMALL).replay(of) == (of.cost, ())
    assert saved(of, Levers(compact=N)) <= 0
    assert saved(of, Levers(cold=N)) <= 0


def test_without_a_cache_a_context_that_grows_is_compacted() -> None:
    """Each prompt a little longer than the last: what stood is summed up, the rest stays."""
    of = session(*((size, 0, 0) for size in range(90_000, 190_000, 5_000)))
    found = Engine(main_loop.levers(STEPS[:1]), TARIFFS, SMALL).replay(of)
    assert [one.prompt for one in found.events] == [105_000]
    assert 0 < of.cost - found.nano < of.cost // 2


SMALL_PROMPT = st.integers(1, N)


@given(
    st.lists(st.tuples(SMALL_PROMPT, st.integers(2 * N + 1, 900_000), st.booleans()), max_size=6),
    st.sampled_from([1, HOUR]),
    st.sampled_from(BOUNDS),
)
def test_up_and_down_is_nothing_to_compact(
    pairs: list[tuple[int, int, bool]], apart: float, bound: str
) -> None:
    """A context that rises past the window in one step and falls in the next, again and again."""
    parts: list[Parts] = []
    for small, big, fresh in pairs:
        parts += [(small, 0, 0), (big, 0, small) if fresh else (0, big, small)]
    of = session(*parts, apart=apart)
    assert saved(of, main_loop.levers(TOGETHER, bound)) == 0


PART = st.integers(0, 400_000) | st.integers(0, 4_000)
CALLS = st.lists(
    st.tuples(st.sampled_from([1, 1, 1, HOUR]), st.tuples(PART, PART, PART)), max_size=10
)


@given(CALLS, st.sampled_from(BOUNDS), st.sampled_from([*STEPS, None]))
def test_no_more_is_saved_than_what_was_sent_after_a_compaction(
    rows: list[tuple[int, Parts]], bound: str, one: Lever | None
) -> None:
    """The input of the calls since one was possible is the most; before that there is nothing."""
    of = _timed(rows)
    prompts = of.tape.prompts
    first = next(
        (
            place
            for place, link in enumerate(of.links)
            if max(link.read, prompts[place - 1] if place else 0) > N
        ),
        len(prompts),
    )
    sent = sum(link.cost - bill(OPUS, 0, link.output, 0, 0, 0) for link in of.links[first:])
    chosen = TOGETHER if one is None else [one]
    assert saved(of, main_loop.levers(chosen, bound)) <= sent + 1  # rounded by call


@given(CALLS, st.sampled_from(BOUNDS))
def test_what_a_call_adds_is_paid_in_it(rows: list[tuple[int, Parts]], bound: str) -> None:
    """A jump at the end of a session: whatever was done before it, its own tokens are sent."""
    of = _timed(rows)
    levers = main_loop.levers(TOGETHER, bound)
    before = of.tape.prompts[-1] if rows else 0
    jump = call(10_000, (700_000, 0, 0, 0, 0)) if before < 1_000 else call(
        10_000, (700_000, 0, 0, 0, before))  # fmt: skip
    longer = chain(*(link.call for link in of.links), jump)
    both = [Chain(1, "", tuple(one._replace(begins=True) for one in c.links)) for c in (of, longer)]
    assert replay(both[1], levers) - replay(both[0], levers) >= bill(OPUS, 700_000, 0, 0, 0, 0)


def _timed(rows: list[tuple[int, Parts]]) -> Chain:
    minute, calls = 0.0, []
    for gap, (fresh, written, read) in rows:
        minute += gap
        calls.append(call(minute, (fresh, 500, written, 0, read)))
    whole = chain(*calls)
    return Chain(1, "", tuple(one._replace(begins=True) for one in whole.links))


def test_a_jump_is_compacted_before_the_call_after_it() -> None:
    """What it added stands by then: read, summed up, and less is sent from there on."""
    of = session(
        (0, 20_000, 0), (0, 250_000, 20_000), (0, 2_000, 270_000), (0, 2_000, 272_000),
        (0, 2_000, 274_000),
    )  # fmt: skip
    want = (
        bill(OPUS, 0, 500, 20_000, 0, 0)
        + bill(OPUS, 0, 500, 250_000, 0, 20_000)
        + bill(OPUS, 0, 4_000, 0, 0, 270_000)
        + bill(OPUS, 0, 500, 40_000, 0, 0)
        + bill(OPUS, 0, 500, 2_000, 0, 25_000)
        + bill(OPUS, 0, 500, 2_000, 0, 27_000)
    )
    found = Engine(main_loop.levers(STEPS[:1]), TARIFFS, SMALL).replay(of)
    assert found.nano == want
    assert [(one.kind, one.prompt) for one in found.events] == [(COMPACTED, 270_000)]


def test_what_does_not_fit_beside_the_summary_is_sent_on_top() -> None:
    """Past the window, and the next call adds 300,000 tokens: they stay in the context."""
    of = session((0, 150_000, 0), (0, 300_000, 150_000), (0, 2_000, 450_000))
    small = 4_000 + 300_000  # and what is read again, once
    want = (
        bill(OPUS, 0, 500, 150_000, 0, 0)
        + bill(OPUS, 0, 4_000, 0, 0, 150_000)
        + bill(OPUS, 0, 500, small + 15_000, 0, 0)
    )
    levers = main_loop.levers(STEPS[:1])
    found = Engine(levers, TARIFFS, SMALL).replay(session(*_parts(of)[:2]))
    assert found.nano == want
    again = Engine(levers, TARIFFS, SMALL).replay(of)
    assert [one.prompt for one in again.events] == [150_000, small]


def _parts(of: Chain) -> list[Parts]:
    return [(link.fresh, link.write_5m, link.read) for link in of.links]


def test_a_helpers_call_within_a_session_hides_nothing() -> None:
    """What is read from the cache after it stood before it, and is compacted like any context."""
    of = session((0, 150_000, 0), (1_000, 0, 0), (0, 2_000, 150_000), (0, 2_000, 152_000))
    assert [new for _, new in zip(of.links, of.tape.added, strict=True)] == [
        150_000, 1_000, 2_000, 2_000,
    ]  # fmt: skip
    found = Engine(main_loop.levers(STEPS[:1]), TARIFFS, SMALL).replay(of)
    assert [(one.kind, one.prompt) for one in found.events] == [(COMPACTED, 150_000)]


@given(CALLS)
def test_what_is_added_is_never_more_than_the_prompt(rows: list[tuple[int, Parts]]) -> None:
    """And at least what the prompt is longer by, but for what was read."""
    tape = _timed(rows).tape
    assert all(0 <= new <= prompt for new, prompt in zip(tape.added, tape.prompts, strict=True))
    for (before, prompt), new, read in zip(
        pairwise(tape.prompts), tape.added[1:], tape.reads[1:], strict=True
    ):
        assert new >= min(prompt - before, prompt - read)
