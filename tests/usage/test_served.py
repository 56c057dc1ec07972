"""How a request was served, by what the client says that it cost."""

from __future__ import annotations

from typing import Any

import pytest

from cheaproute.usage import prices, served
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano

PRICES = prices.load()
NOW = 1_795_341_600_000
HAIKU, OPUS, SONNET = "claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"
SEARCH = 10_000_000
STEP = 100_000


def settled(micros: int, *, helper: bool = False, table: Any = PRICES, **fields: Any) -> Call:
    """A call as its record tells, settled by the client's cost in millionths of a dollar."""
    call = Call("req:1", NOW, fields.pop("model", OPUS), client_nano=micros * 1_000, **fields)
    served.settle(call, table, helper=helper)
    return call


# $0.0633 at the standard speed, twice that in fast mode.
USED: dict[str, Any] = {"input": 10_000, "output": 1_000, "read": 16_500, "speed": "fast"}


@pytest.mark.parametrize(
    ("micros", "speed"),
    [
        (63_300, ""),
        (126_600, "fast"),
        (69_630, ""),  # in the US
        (139_260, "fast"),
        (83_300, ""),  # an advisor beside it
        (101_280, "fast"),  # by a gateway's prices, a fifth less
        (0, "fast"),  # it does not say
    ],
)
def test_the_speed_is_the_one_that_was_paid_for(micros: int, speed: str) -> None:
    """Fast mode that was asked for may have been answered at the standard speed."""
    assert settled(micros, **USED).speed == speed


@pytest.mark.parametrize(("micros", "speed"), [(31_650, ""), (63_300, "fast")])
def test_a_model_without_a_fast_mode_is_priced_where_it_was_not_fast(
    micros: int, speed: str
) -> None:
    """Else its price stays unknown."""
    assert settled(micros, **USED, model=SONNET).speed == speed


# 131,000 tokens of prompt, $0.0133 in passes below the step, $0.0665 above it.
PASSES: dict[str, Any] = {"model": HAIKU, "input": 111_001, "read": 20_000, "output": 4_000}
BELOW = 13_300
ABOVE = 66_501


@pytest.mark.parametrize(
    ("micros", "nano"),
    [
        (BELOW, 13_300_100),
        (14_630, 13_300_100),  # in the US, which no record tells
        (ABOVE, 66_500_500),
        (40_000, 66_500_500),  # neither
        (73_151, 66_500_500),
        (0, 66_500_500),
    ],
)
def test_passes_are_priced_one_by_one_where_the_client_did(micros: int, nano: int) -> None:
    """Only where its cost is exactly theirs; each of them is below the step."""
    call = settled(micros, **PASSES)
    assert cost_nano(call, PRICES) == nano
    assert (call.final, call.odd, call.web_search) == (True, False, 0)
    assert all(one[0] + one[4] <= STEP for one in call.parts)
    assert not call.parts or tuple(map(sum, zip(*call.parts, strict=True))) == call.counts()[:5]


@pytest.mark.parametrize("tokens", [100_001, 199_999, 200_001, 9_999_999])
def test_no_pass_is_above_the_step(tokens: int) -> None:
    """However many it takes."""
    call = settled(tokens // 10, model=HAIKU, input=tokens)
    assert call.parts
    assert max(one[0] for one in call.parts) <= STEP
    assert sum(one[0] for one in call.parts) == tokens


@pytest.mark.parametrize(
    ("micros", "searches", "marked"),
    [
        (BELOW + 20_000, 2, False),
        (BELOW, 0, False),
        (ABOVE + 20_000, 2, True),  # 2.1.322 takes the sum for one prompt
        (30_001, 0, True),
    ],
)
def test_a_searcher_s_passes_are_below_the_step(
    micros: int, searches: int, *, marked: bool
) -> None:
    """It begins with a question alone; what is not explained is a lower bound for good."""
    call = settled(micros, **PASSES, purpose=served.SEARCHER, helper=True)
    assert (call.web_search, call.odd, call.final) == (searches, marked, not marked)
    assert cost_nano(call, PRICES) == 13_300_100 + searches * SEARCH


@pytest.mark.parametrize("purpose", [served.SEARCHER, "side_question"])
@pytest.mark.parametrize("base", [24_000, 26_400], ids=["", "in the US"])
def test_a_helper_s_fees_are_what_its_cost_has_beyond_its_counts(purpose: str, base: int) -> None:
    """Whatever it was for, and by the list price, whatever the user's own is."""
    used: dict[str, Any] = {
        "model": SONNET,
        "input": 10_000,
        "output": 400,
        "helper": True,
        "purpose": purpose,
    }
    own = prices.load({SONNET: {"input": 1.0, "output": 1.0}})
    for table in (PRICES, own):
        call = settled(base + 30_000, **used, table=table)
        assert (call.web_search, call.final) == (3, True)


def test_a_searcher_at_a_price_before_has_its_fees() -> None:
    """2.1.286 has not heard of Sonnet 5.5's cheaper reads."""
    used: dict[str, Any] = {
        "model": SONNET,
        "input": 1_001,
        "read": 33_333,
        "purpose": served.SEARCHER,
    }
    assert settled(2_002 + 6_667 + 20_000, **used, helper=True).web_search == 2


def test_fees_that_are_not_known_are_marked_until_the_total_tells() -> None:
    """A searcher whose cost nothing explains; no other helper need have searched."""
    used: dict[str, Any] = {"model": SONNET, "input": 1_001, "helper": True}
    assert not settled(33_333, **used, purpose=served.SEARCHER).final
    assert settled(33_333, **used, purpose="side_question").final


def test_no_main_loop_searches() -> None:
    """What it costs beyond its counts is an advisor's."""
    call = settled(22_002, model=SONNET, input=1_001)
    assert (call.web_search, call.final) == (0, True)
