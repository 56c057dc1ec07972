"""The replay: with nothing changed the bill, with a lever what its rule says, exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.plan.replay import chain as chains
from cheaproute.plan.replay.engine import Engine
from cheaproute.plan.replay.levers import CHEAPER, HAIKU, Levers, Rules
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.plan.replay.walk import COMPACTED, HANDED_OVER, SWITCHED, Walk
from cheaproute.plan.steps.main_loop import everyday
from cheaproute.usage import prices as pricing
from cheaproute.usage.call import Call

PRICES = pricing.load()
TARIFFS = Tariffs(PRICES)
OPUS, SONNET, SMALL = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
START = 1_795_000_000_000
MINUTE = 60_000


def call(minute: float, counts: tuple[int, ...], model: str = OPUS, **more: str) -> Call:
    """A call of `counts`: input, output, 5-minute writes, 1-hour writes, reads."""
    made = Call(f"m{minute:012.4f}", START + round(minute * MINUTE), model, **more)  # type: ignore[arg-type]
    made.absorb(counted(made, counts))
    return made


def counted(like: Call, counts: tuple[int, ...]) -> Call:
    """`like` with these counts."""
    names = ("input", "output", "write_5m", "write_1h", "read")
    return Call(like.id, like.ts_ms, like.model, **dict(zip(names, counts, strict=True)))  # type: ignore[arg-type]


def chain(*calls: Call, own: bool = True) -> chains.Chain:
    """The calls as one session."""
    links = [chains.link(c, pricing.cost_nano(c, PRICES), TARIFFS, own=own) for c in calls]
    return chains.chain(1, "", [one for one in links if one is not None])


def apart(session: chains.Chain) -> chains.Chain:
    """The session, each call of which a prompt of another kind asked for."""
    links = [one._replace(tier=str(place)) for place, one in enumerate(session.links)]
    return replace(session, links=tuple(links))


def bill(model: str, *counts: int) -> int:
    """What a call of `counts` costs on `model`."""
    nano = pricing.cost_nano(counted(Call("", START, model), counts), PRICES)
    assert nano is not None
    return nano


def replay(session: chains.Chain, levers: Levers) -> int:
    """The nano-dollars of a session under levers."""
    return Engine(levers, TARIFFS, SMALL).replay(session).nano


TOKENS = st.integers(0, 400_000)
CALLS = st.lists(
    st.tuples(
        st.integers(0, 200) | st.integers(0, 2),
        st.tuples(TOKENS, TOKENS, TOKENS, TOKENS, TOKENS),
        st.sampled_from([OPUS, SONNET, SMALL, "claude-fable-5", "claude-opus-4-6"]),
        st.sampled_from(["", "us"]),
        st.sampled_from(["", "batch"]),
        st.sampled_from(["", "fast"]),
    ),
    max_size=12,
)


Rows = list[tuple[int, tuple[int, ...], str, str, str, str]]


def made(rows: Rows) -> chains.Chain:
    """A session of generated calls."""
    calls = []
    minute = 0.0
    for gap, counts, model, geo, tier, speed in rows:
        minute += gap + 0.001
        one = call(minute, counts, model)
        one.geo, one.service_tier, one.speed = geo, tier, speed
        calls.append(one)
    return chain(*calls)


@given(CALLS)
def test_nothing_changed_is_the_bill(
    rows: Rows,
) -> None:
    """No lever, and levers that never bite, give the sum of the ledger's own costs."""
    session = made(rows)
    cost = sum(pricing.cost_nano(one.call, PRICES) or 0 for one in session.links)
    assert session.cost == cost
    assert replay(session, Levers()) == cost
    assert replay(session, Levers(compact=1 << 40, cold=1 << 40)) == cost
    assert replay(session, Levers(pings=3, warm_from=1 << 40)) == cost
    assert replay(session, Levers(model=lambda link, _cold, _now: link.call.model)) == cost


@given(CALLS)
def test_a_tariff_is_the_price_list(
    rows: Rows,
) -> None:
    """A tariff prices a call as the ledger does: steps, geography, batch, fast mode."""
    for one in made(rows).links:
        counts = one.call.counts()[:5]
        assert one.tariff.nano(*counts) + one.searches == pricing.cost_nano(one.call, PRICES)


@given(CALLS, st.integers(1, 300_000), st.integers(0, 300_000), st.integers(0, 3))
def test_a_replay_is_never_below_nothing(rows: Rows, compact: int, cold: int, pings: int) -> None:
    """Whatever is set, a bill is a bill, and the same twice."""
    levers = Levers(compact=compact, cold=cold, pings=pings, author=CHEAPER)
    session = made(rows)
    assert replay(session, levers) == replay(session, levers) >= 0


@given(
    CALLS,
    st.sampled_from([0, 30_000, 100_000, 300_000]),
    st.sampled_from([0, 60_000]),
    st.sampled_from([0, 1, 3]),
    st.sampled_from([0, 300_000, 3_600_000]),
    st.sampled_from(["", SONNET]),
    st.sampled_from([0, 60_000]),
    st.integers(0, 1),
)
def test_what_is_passed_over_costs_what_it_would_step_by_step(
    rows: Rows, compact: int, cold: int, pings: int, ttl: int, sonnet: str, of: int, waits: int
) -> None:
    """Sums of what goes on as before are exact: the same bill, call by call."""
    on_sonnet = everyday(sonnet) if sonnet else None
    levers = Levers(compact=compact, cold=cold, pings=pings, ttl_ms=ttl, model=on_sonnet,
                    patient=bool(waits), paused=bool(waits), stays=True,
                    growth_percent=120 if sonnet else 100,
                    compact_of=((SONNET, of),) if of else ())  # fmt: skip
    tiers = "haiku", "haiku", "opus", "sonnet", "", "sonnet"
    whole = made(rows)
    links = [one._replace(tier=tiers[n // 2 % 6], starts=n % 2 == 0)
             for n, one in enumerate(whole.links)]  # fmt: skip
    session = replace(whole, links=tuple(links))
    steps = Walk(session, Rules(levers, TARIFFS, SMALL), None)
    for place in range(len(session.links)):
        steps.step(place)
    if rows:
        steps.end()
    found = Engine(levers, TARIFFS, SMALL).replay(session)
    assert found.nano == (steps.cents + 50) // 100
    assert found.events in (tuple(steps.events), ())


LONG = (
    call(0, (10, 500, 0, 90_000, 0)),
    call(1, (10, 500, 0, 20_000, 90_000)),
    call(2, (10, 500, 0, 5_000, 110_000)),
)


def test_a_compaction_reads_writes_a_summary_and_goes_on_with_less() -> None:
    """Past N: the context read, 4k written, 25k and 15k written anew, then 25k and what is new."""
    want = (
        bill(OPUS, 10, 500, 0, 90_000, 0)
        + bill(OPUS, 0, 4_000, 0, 0, 110_010)
        + bill(OPUS, 0, 500, 0, 40_000, 0)
        + bill(OPUS, 10, 500, 0, 5_000, 110_000 - (110_010 - 25_000))
    )
    assert replay(chain(*LONG), Levers(compact=100_000)) == want


@pytest.mark.parametrize("summary", [False, True])
def test_what_the_session_compacts_itself_is_not_compacted_twice(summary: bool) -> None:
    """The client sees a full context by the answer to it: the call past the window was sent whole.

    The call that writes the summary may be among the session's own.
    """
    calls = [call(0, (0, 10, 90_000, 0, 0)), call(1, (0, 10, 20_000, 0, 90_000))]
    calls += [call(2, (0, 4_000, 0, 0, 110_000))] * summary
    session = chain(*calls, call(3, (0, 10, 30_000, 0, 0)), call(4, (0, 10, 10, 0, 30_000)))
    assert replay(session, Levers(compact=100_000, patient=True)) == session.cost
    assert replay(session, Levers(compact=100_000)) != session.cost
    longer = chain(*calls, *(call(5 + n, (0, 10, 10, 0, 110_000)) for n in range(3)))
    done = Engine(Levers(compact=100_000, patient=True), TARIFFS, SMALL).replay(longer).events
    assert [(one.kind, one.ts_ms) for one in done] == [(COMPACTED, longer.links[2].ts_ms)]


def test_what_is_read_again_may_stay_in_the_context() -> None:
    """The low estimate: 40k stay, and every later call reads them."""
    less = replay(chain(*LONG), Levers(compact=100_000))
    more = replay(chain(*LONG), Levers(compact=100_000, stays=True))
    assert more - less == bill(OPUS, 0, 0, 0, 0, 15_000)


def test_a_window_may_differ_by_model() -> None:
    """What `modelSettings` says of a family holds for it alone."""
    levers = Levers(compact=100_000, compact_of=(("opus", 500_000),))
    assert replay(chain(*LONG), levers) == chain(*LONG).cost
    levers = Levers(compact_of=(("opus", 100_000),))
    assert replay(chain(*LONG), levers) == replay(chain(*LONG), Levers(compact=100_000))


def test_haiku_may_write_the_summary_and_is_not_always_cheaper() -> None:
    """Above 100,000 tokens Haiku's uncached read is dearer than a warm one of Opus."""
    by_haiku = replay(chain(*LONG), Levers(compact=100_000, author=HAIKU))
    by_main = replay(chain(*LONG), Levers(compact=100_000))
    assert by_haiku - by_main == bill(SMALL, 110_010, 4_000, 0, 0, 0) - bill(
        OPUS, 0, 4_000, 0, 0, 110_010
    )
    assert replay(chain(*LONG), Levers(compact=100_000, author=CHEAPER)) == min(by_haiku, by_main)


def test_a_cold_return_starts_from_a_hand_over() -> None:
    """The cache gone and the context long: Haiku reads and writes, the model writes 40k."""
    session = chain(
        call(0, (10, 500, 80_000, 0, 0)),
        call(60, (10, 700, 81_000, 0, 12_000)),
    )
    want = (
        bill(OPUS, 10, 500, 80_000, 0, 0)
        + bill(SMALL, 93_010, 4_000, 0, 0, 0)
        + bill(OPUS, 0, 700, 40_000, 0, 0)
    )
    assert replay(session, Levers(cold=60_000)) == want
    assert replay(session, Levers(cold=93_010)) == session.cost
    found = Engine(Levers(cold=60_000), TARIFFS, SMALL).replay(session)
    assert [event.kind for event in found.events] == [HANDED_OVER]


@pytest.mark.parametrize(("life", "minutes"), [(2, 5.1), (3, 61)])
def test_a_hand_over_waits_for_a_pause(life: int, minutes: float) -> None:
    """`paused`: where the cache had not run out with time, whatever emptied it, none is written."""
    written = [0, 10, 0, 0, 0]
    written[life] = 90_000
    paused = Levers(cold=60_000, paused=True)
    first = call(0, tuple(written))
    for gap, handed in ((1, False), (minutes, True)):
        session = chain(first, call(gap, tuple(written)))
        done = Engine(paused, TARIFFS, SMALL).replay(session).events
        assert [one.kind for one in done] == [HANDED_OVER] * handed
        assert Engine(Levers(cold=60_000), TARIFFS, SMALL).replay(session).events


def test_a_switch_of_the_replay_is_no_pause() -> None:
    """Back on its own model while its context is warm, a session goes on from the whole."""
    calls = [call(0, (0, 10, 90_000, 0, 0)), call(1, (0, 10, 100, 0, 90_000))]
    session = apart(chain(*calls))
    switched = Levers(cold=60_000, paused=True, model=lambda link, *_: (
        SONNET if link.call is calls[0] else OPUS))  # fmt: skip
    done = Engine(switched, TARIFFS, SMALL).replay(session).events
    assert [one.kind for one in done] == [SWITCHED]


def test_a_session_that_shrinks_by_itself_owes_nothing_more() -> None:
    """After the session's own compaction nothing that was dropped is dropped twice."""
    own = call(3, (10, 500, 0, 30_000, 0))
    after = call(4, (10, 500, 0, 1_000, 30_000))
    found = Engine(Levers(compact=100_000), TARIFFS, SMALL).replay(chain(*LONG, own, after))
    alone = replay(chain(*LONG), Levers(compact=100_000))
    assert [event.kind for event in found.events] == [COMPACTED]
    assert found.nano - alone == bill(OPUS, 10, 500, 0, 30_000, 0) + bill(
        OPUS, 10, 500, 0, 1_000, 30_000
    )


def test_what_was_made_in_another_session_is_billed_there() -> None:
    """A fork replays its past for the context's sake; only its own calls cost."""
    past = chain(*LONG[:2], own=False).links
    own = chain(LONG[2]).links
    fork = chains.chain(2, "", [*past, *own])
    assert fork.cost == bill(OPUS, 10, 500, 0, 5_000, 110_000)
    want = bill(OPUS, 10, 500, 0, 5_000, 110_000 - (110_010 - 25_000))
    assert replay(fork, Levers(compact=100_000)) == want


def test_a_ping_keeps_the_cache_and_costs_what_it_reads() -> None:
    """Back after eight minutes: one ping, and the prompt is read; gone for good: both are lost."""
    session = chain(call(0, (0, 500, 80_000, 0, 0)), call(8, (0, 500, 81_000, 0, 0)))
    ping = bill(OPUS, 50, 10, 0, 0, 80_000)
    last = bill(OPUS, 50, 10, 0, 0, 81_000)
    want = bill(OPUS, 0, 500, 80_000, 0, 0) + ping + bill(OPUS, 0, 500, 1_000, 0, 80_000) + last
    assert replay(session, Levers(pings=1)) == want
    away = chain(call(0, (0, 500, 80_000, 0, 0)), call(200, (0, 500, 81_000, 0, 0)))
    assert replay(away, Levers(pings=2)) == away.cost + 2 * ping + 2 * last


def test_unrelated_work_begins_in_a_small_context() -> None:
    """Compacted before the prompt that begins it, and only where the context is past the size."""
    calls = [call(n, (0, 500, 2_000 if n else 80_000, 0, 80_000 if n else 0)) for n in range(3)]
    links = [
        chains.link(
            one,
            pricing.cost_nano(one, PRICES),
            TARIFFS,
            asked=chains.Asked(begins=one.id == calls[1].id),
        )
        for one in calls
    ]
    session = chains.chain(1, "", [one for one in links if one is not None])
    want = (
        bill(OPUS, 0, 500, 80_000, 0, 0)
        + bill(OPUS, 0, 4_000, 0, 0, 80_000)
        + bill(OPUS, 0, 500, 40_000, 0, 0)
        + bill(OPUS, 0, 500, 2_000, 0, 25_000 - 2_000)
    )
    assert replay(session, Levers(task=67_000)) == want
    assert replay(session, Levers(task=80_000)) == session.cost
    none = chain(*calls)
    assert replay(none, Levers(task=67_000)) == none.cost


def test_pings_of_all_sessions_go_by_one_purse_a_day() -> None:
    """In order of time, each pause until it loses one; the next day begins anew."""
    ping = bill(OPUS, 50, 10, 0, 0, 80_000)

    def returned(minute: float) -> chains.Chain:
        return chain(call(minute, (0, 500, 80_000, 0, 0)), call(minute + 8, (0, 500, 80_000, 0, 0)))

    sessions = [returned(20), returned(0), returned(24 * 60 + 1)]
    free = Replays(sessions, TARIFFS, SMALL)
    spent = bill(OPUS, 0, 500, 0, 0, 80_000)  # what a return costs that was kept warm
    warm = sessions[0].cost - bill(OPUS, 0, 500, 80_000, 0, 0) - spent - 2 * ping
    assert free.by_session(Levers(pings=1)) == [warm] * 3
    for pings, limit, want in (
        (1, 4 * ping, [warm] * 3),
        (1, 2 * ping, [0, warm, warm]),
        (1, 3 * ping, [warm + ping, warm, warm]),  # the ping nobody came back to is not sent
        (1, ping - 1, [0, 0, 0]),
    ):
        assert free.by_session(Levers(pings=pings, ping_day_nano=limit)) == want


def test_a_longer_cache_saves_the_rewrite_and_costs_the_difference() -> None:
    """Twenty minutes' pause: an hour's cache is read; five minutes' was written again."""
    session = chain(call(0, (0, 500, 80_000, 0, 0)), call(20, (0, 500, 81_000, 0, 0)))
    want = bill(OPUS, 0, 500, 0, 80_000, 0) + bill(OPUS, 0, 500, 0, 1_000, 80_000)
    assert replay(session, Levers(ttl_ms=3_600_000)) == want
    hour = chain(call(0, (0, 500, 0, 80_000, 0)), call(20, (0, 500, 0, 1_000, 80_000)))
    want = bill(OPUS, 0, 500, 80_000, 0, 0) + bill(OPUS, 0, 500, 81_000, 0, 0)
    assert replay(hour, Levers(ttl_ms=300_000)) == want


def test_a_switch_writes_the_prompt_to_the_other_models_cache() -> None:
    """There and back: Sonnet writes everything; Opus holds what it had, and writes the rest."""
    session = apart(
        chain(
            call(0, (0, 500, 80_000, 0, 0)),
            call(1, (0, 500, 1_000, 0, 80_000)),
            call(2, (0, 500, 1_000, 0, 81_000)),
        )
    )
    picks = iter([OPUS, SONNET, OPUS])
    levers = Levers(model=lambda _link, _cold, _now: next(picks))
    want = (
        bill(OPUS, 0, 500, 80_000, 0, 0)
        + bill(SONNET, 0, 500, 81_000, 0, 0)
        + bill(OPUS, 0, 500, 2_000, 0, 80_000)
    )
    found = Engine(levers, TARIFFS, SMALL).replay(session)
    assert found.nano == want
    assert [event.kind for event in found.events] == [SWITCHED, SWITCHED]


def test_a_whole_session_on_another_model_switches_nowhere() -> None:
    """The same parts at the other model's rates."""
    other = replay(chain(*LONG), Levers(model=lambda _link, _cold, _now: SONNET))
    assert other == sum(bill(SONNET, *one.counts()[:5]) for one in LONG)


@pytest.mark.parametrize("id_", ["msg_1#advisor:1", "msg_1#fallback:0"])
def test_parts_of_a_message_are_no_calls_of_a_conversation(id_: str) -> None:
    """An advisor's answer and the attempts before a fallback are left out."""
    one = Call(id_, START, OPUS, input=10)
    assert chains.link(one, 10, TARIFFS) is None


def test_what_another_model_answered_or_nothing_priced_is_left_out() -> None:
    """A fallback's answer, a call of unknown price, a message of no model."""
    fell = Call("a", START, OPUS, requested="claude-fable-5", input=10)
    same = Call("a", START, OPUS, requested="claude-opus-5-5[1m]", input=10)
    assert chains.link(fell, 10, TARIFFS) is None
    assert chains.link(same, 10, TARIFFS) is not None
    assert chains.link(Call("b", START, "glm-9", input=10), None, TARIFFS) is None
    assert chains.link(Call("c", START, "<synthetic>"), 0, TARIFFS) is None


def test_haiku_above_its_step_costs_five_times_as_much() -> None:
    """The step is of a request's prompt, on whatever model it ran."""
    cheap, dear = (
        replay(chain(call(0, (0, 0, 0, 0, tokens))), Levers(model=lambda *_: SMALL))
        for tokens in (100_000, 100_001)
    )
    assert (cheap, dear) == (1_000_000, 5_000_050)


def test_fast_mode_stays_behind_and_an_older_tokenizer_grows() -> None:
    """The other model runs at its standard rates; old tokens are taken as up to 1.35 times."""
    fast = call(0, (0, 10_000, 0, 0, 0), speed="fast")
    fast.speed = "fast"
    session = chain(fast)
    assert replay(session, Levers(model=lambda *_: SONNET)) == 100_000_000
    old = chain(call(0, (0, 10_000, 0, 0, 0), "claude-opus-4-6"))
    levers = Levers(model=lambda *_: SONNET, growth_percent=135)
    assert replay(old, levers) == 135_000_000
    assert replay(session, levers) == 100_000_000


def test_a_model_without_a_price_is_not_switched_to() -> None:
    """The call stays what it was."""
    assert replay(chain(*LONG), Levers(model=lambda *_: "glm-9")) == chain(*LONG).cost
