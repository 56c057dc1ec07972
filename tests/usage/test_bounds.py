"""What a sum of tokens cost that no row tells of, beside what the client says."""

from __future__ import annotations

from typing import Any

import pytest

from cheaproute.usage import prices
from cheaproute.usage.bounds import sum_nano
from cheaproute.usage.call import Call
from cheaproute.usage.prices import Prices, cost_nano

PRICES = prices.load()
NOW = 1_795_341_600_000
HAIKU, OPUS, SONNET = "claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"
# What is hidden, and what the rows tell of.
HIDDEN: dict[str, Any] = {"input": 50_001, "output": 2_003, "write_5m": 1_007, "read": 30_011}
LISTED: dict[str, Any] = {"input": 1_009, "output": 103, "read": 65_013}


def cost(model: str, table: Prices = PRICES, **fields: Any) -> int:
    """Nano-dollars of one call."""
    found = cost_nano(Call("", fields.pop("ts_ms", NOW), model, **fields), table)
    assert found is not None
    return found


def booked(
    model: str, total: int, known: int | None, table: Prices = PRICES, **hidden: int
) -> tuple[int | None, bool, Call]:
    """The price of what is hidden, where the client says `total` of it and of what is listed."""
    call = Call("", NOW, model, **(hidden or HIDDEN))
    beside = Call("", NOW, model, **LISTED).counts()
    return *sum_nano(call, beside, known, total, 3, table), call


@pytest.mark.parametrize(
    "ran",
    [{}, {"speed": "fast"}, {"geo": "us"}, {"speed": "fast", "geo": "us"}],
    ids=["plain", "fast", "in the US", "both"],
)
@pytest.mark.parametrize("known", [True, False])
def test_the_way_that_meets_the_client_s_total_is_the_price(
    ran: dict[str, Any], *, known: bool
) -> None:
    """Exactly, and for sure; also where what is listed was answered by another model."""
    listed, right = cost(OPUS, **LISTED), cost(OPUS, **HIDDEN, **ran)
    assert booked(OPUS, listed + right, listed if known else None)[:2] == (right, True)


def test_what_is_written_for_an_hour_is_where_the_client_does_not_split_it() -> None:
    """The counts say so, too."""
    hour = HIDDEN | {"write_5m": 0, "write_1h": HIDDEN["write_5m"]}
    listed, right = cost(OPUS, **LISTED), cost(OPUS, **hour)
    nano, sure, call = booked(OPUS, listed + right, listed)
    assert (nano, sure, call.write_5m, call.write_1h) == (right, True, 0, HIDDEN["write_5m"])


@pytest.mark.parametrize(
    "theirs",
    [{"model": SONNET, "ts_ms": 0}, {"model": "claude-opus-5"}],
    ids=["the price before", "a model that it does not know"],
)
def test_an_older_client_s_prices_are_not_booked(theirs: dict[str, Any]) -> None:
    """They show that all was plain: the price is the list's of the day, for sure."""
    total = cost(**theirs, **LISTED) + cost(**theirs, **HIDDEN)
    right = cost(SONNET, **HIDDEN)
    assert booked(SONNET, total, cost(SONNET, **LISTED))[:2] == (right, True)


@pytest.mark.parametrize("percent", [50, 108, 150, 210, 400])
@pytest.mark.parametrize("model", [OPUS, SONNET, "claude-opus-4-6", HAIKU])
def test_a_client_s_own_prices_are_not_booked(model: str, percent: int) -> None:
    """What nothing explains is at list price, and marked."""
    listed, right = cost(model, **LISTED), cost(model, **HIDDEN)
    total = (listed + right) * percent // 100
    assert booked(model, total, listed)[:2] == (right, False)


BIG: dict[str, Any] = {"input": 110_001, "output": 3_003}


def test_a_sum_is_above_the_step_only_where_the_client_says_so() -> None:
    """All of it, or none."""
    listed, right = cost(HAIKU, **LISTED), cost(HAIKU, **BIG)
    assert booked(HAIKU, listed + right, listed, **BIG)[:2] == (right, True)
    below = right // 5
    assert booked(HAIKU, listed + below, listed, **BIG)[:2] == (below, True)


def test_a_part_above_the_step_is_what_the_client_says_with_a_mark() -> None:
    """A compaction and titles, on one model: which tokens were whose nobody tells."""
    listed, right = cost(HAIKU, **LISTED), cost(HAIKU, **BIG) + cost(HAIKU, input=905, output=11)
    both = {"input": BIG["input"] + 905, "output": BIG["output"] + 11}
    assert booked(HAIKU, listed + right, listed, **both)[:2] == (right, False)


def test_the_end_of_an_answer_above_the_step_is_priced_above_it() -> None:
    """Its prompt is listed, and so nothing of it is hidden."""
    listed, right = cost(HAIKU, **BIG), 199 * 2_500
    assert booked(HAIKU, listed + right, listed, output=199)[:2] == (right, True)


def test_the_users_own_price_is_booked() -> None:
    """The client goes by the list's, or by the same: then it says in which way."""
    own = prices.load({OPUS: {"input": 1.0, "output": 2.0}})
    right = cost(OPUS, own, **HIDDEN, speed="fast")
    for table in (PRICES, own):
        total = cost(OPUS, table, **LISTED) + cost(OPUS, table, **HIDDEN, speed="fast")
        assert booked(OPUS, total, cost(OPUS, own, **LISTED), own)[:2] == (right, True)


def test_searches_are_paid_by_the_piece() -> None:
    """Whatever else."""
    listed = cost(OPUS, **LISTED)
    right = cost(OPUS, input=1_003, web_search=3, speed="fast")
    found = booked(OPUS, listed + right, listed, input=1_003, web_search=3)
    assert found[:2] == (right, True)


def test_a_model_without_a_price_has_none() -> None:
    """It is priced when a price comes."""
    assert booked("claude-x-9", 1_000_000, None)[0] is None
