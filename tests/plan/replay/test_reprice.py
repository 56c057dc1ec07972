from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cheaproute.plan.evidence.records import Spent
from cheaproute.plan.replay import reprice
from cheaproute.usage import prices as pricing
from cheaproute.usage.call import Call
from tests.plan.month import HAIKU, NOW_MS, OPUS, PRICES, SONNET


def spent(at_s: float, model: str, *, read: int = 0, write_1h: int = 0, **more: int) -> Spent:
    """A priced call of a main loop, that many seconds after the start."""
    call = Call(f"m{at_s}", NOW_MS + int(at_s * 1000), model, read=read, write_1h=write_1h)
    for name, value in more.items():
        setattr(call, name, value)
    return Spent(call, pricing.cost_nano(call, PRICES), "main", 1, "")


def split(model: str, *, read: int, write_1h: int, **more: int) -> int:
    """The price of a prompt so split."""
    cost = spent(0, model, read=read, write_1h=write_1h, **more).cost
    assert cost is not None
    return cost


counts = st.integers(0, 150_000)
chains = st.lists(
    st.tuples(
        st.floats(0, 8000), st.sampled_from([HAIKU, SONNET, OPUS]), counts, counts, counts, counts
    ),
    max_size=12,
).map(
    lambda rows: [
        spent(at, model, read=r, write_1h=w, input=i, output=o)
        for at, model, r, w, i, o in sorted(rows)
    ]
)


@given(chains)
def test_on_its_own_models_a_history_costs_what_the_ledger_has(chain: list[Spent]) -> None:
    """The replay's "before" is exact, to the nano-dollar, whatever was switched."""
    costs = reprice.replay(chain, [one.call.model for one in chain], PRICES)
    assert costs == [one.cost for one in chain]


@given(chains, st.data())
def test_no_tokens_are_lost(chain: list[Spent], data: st.DataObject) -> None:
    """Whatever the switches: never cheaper than all read, never dearer than all written."""
    models = [data.draw(st.sampled_from([HAIKU, SONNET, OPUS])) for _ in chain]
    for one, model, cost in zip(chain, models, reprice.replay(chain, models, PRICES), strict=True):
        call = one.call
        cached = call.read + call.write_1h
        rest = {"input": call.input, "output": call.output}
        least = split(model, read=cached, write_1h=0, **rest)
        most = split(model, read=0, write_1h=cached, **rest)
        assert cost is not None
        assert least <= cost <= most


def test_a_session_all_on_another_model_keeps_its_cache() -> None:
    """Nothing is switched, so nothing is rewritten."""
    chain = [spent(0, OPUS, write_1h=50_000), spent(60, OPUS, read=50_000, write_1h=1_000)]
    assert reprice.replay(chain, [SONNET, SONNET], PRICES) == [
        split(SONNET, read=0, write_1h=50_000),
        split(SONNET, read=50_000, write_1h=1_000),
    ]


def test_a_switch_there_and_back_rewrites_what_each_cache_lacks() -> None:
    """One turn on Haiku writes the whole prompt there; back on Opus, only what was added."""
    chain = [
        spent(0, OPUS, write_1h=50_000),
        spent(60, OPUS, read=50_000, write_1h=1_000),
        spent(120, OPUS, read=51_000, write_1h=1_000),
    ]
    assert reprice.replay(chain, [OPUS, HAIKU, OPUS], PRICES) == [
        chain[0].cost,
        split(HAIKU, read=0, write_1h=51_000),
        split(OPUS, read=50_000, write_1h=2_000),
    ]


def test_a_cache_left_for_longer_than_its_life_is_gone() -> None:
    """An hour and more on Haiku: Opus starts from nothing."""
    chain = [
        spent(0, OPUS, write_1h=50_000),
        spent(10, OPUS, read=50_000, write_1h=1_000),
        spent(3_700, OPUS, write_1h=52_000),
    ]
    costs = reprice.replay(chain, [OPUS, HAIKU, OPUS], PRICES)
    assert costs[2] == split(OPUS, read=0, write_1h=52_000)


def test_haiku_above_its_step_costs_five_times_as_much() -> None:
    """100,000 prompt tokens and one more."""
    below = spent(0, OPUS, read=99_000, write_1h=1_000)
    above = spent(0, OPUS, read=99_000, write_1h=1_001)
    cheap, dear = (reprice.replay([one], [HAIKU], PRICES)[0] for one in (below, above))
    assert cheap is not None
    assert dear == (cheap + 1 * 200) * 5


def test_fast_mode_stays_behind_and_an_older_tokenizer_grows() -> None:
    """Fast mode is Opus's; tokens counted by an older tokenizer become 1.35 times as many."""
    call = Call("m", NOW_MS, OPUS, read=1_000_000)
    call.speed = "fast"
    assert reprice.cost(call, SONNET, PRICES) == 100_000_000
    old = Call("m", NOW_MS, "claude-opus-4-6", read=1_000_000)
    assert reprice.cost(old, SONNET, PRICES) == 135_000_000


def test_what_has_no_price_stays_as_it_is() -> None:
    """An unknown model adds nothing, on either side."""
    chain = [spent(0, "someone-elses-model", read=1_000), spent(1, OPUS, read=1_000)]
    costs = reprice.replay(chain, [SONNET, SONNET], PRICES)
    assert reprice.total(costs, chain) == split(SONNET, read=1_000, write_1h=0)
