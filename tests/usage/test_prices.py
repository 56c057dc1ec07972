"""What calls cost."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.days import parse_ms
from cheaproute.usage import prices
from cheaproute.usage.call import Call

PRICES = prices.load()
NOW = parse_ms("2026-11-22T12:00:00Z")


def cost(model: str, at: int = NOW, **counts: Any) -> int | None:
    """The price of a call of `counts` on `model`, nano-dollars."""
    return prices.cost_nano(Call("msg_1", at, model, **counts), PRICES)


# Each was run through Claude Code 2.1.330 against a stand-in for the API; dollars are its own.
@pytest.mark.parametrize(
    ("model", "counts", "dollars"),
    [
        ("claude-haiku-5-5", {"input": 100_000, "output": 200}, "0.0101"),
        ("claude-haiku-5-5", {"input": 100_001, "output": 200}, "0.0505005"),
        ("claude-haiku-5-5", {"input": 50_001, "read": 50_000}, "0.0275005"),
        ("claude-haiku-5-5", {"input": 1, "write_5m": 100_000}, "0.0625005"),
        ("claude-sonnet-5-5", {"input": 1000, "output": 200}, "0.004"),
        (
            "claude-sonnet-5-5",
            {"input": 1000, "output": 200, "write_5m": 100, "write_1h": 200, "read": 5000},
            "0.00555",
        ),
        ("claude-opus-5-5", {"input": 1000, "output": 200, "speed": "fast"}, "0.016"),
        ("claude-opus-5-5", {"read": 1000, "speed": "fast"}, "0.0004"),
        ("claude-sonnet-5-5", {"input": 1000, "output": 200, "geo": "us"}, "0.0044"),
        ("claude-sonnet-5-5", {"web_search": 3, "geo": "us"}, "0.03"),
        ("claude-sonnet-5-5", {"input": 1000, "service_tier": "batch"}, "0.001"),
        ("<synthetic>", {}, "0"),
    ],
)
def test_cost(model: str, counts: dict[str, Any], dollars: str) -> None:
    """A call costs what Claude Code and the price page say, to the nano-dollar."""
    assert cost(model, **counts) == Fraction(dollars) * 10**9


@pytest.mark.parametrize(
    "name",
    [
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        "claude-haiku-4-5[1m]",
        "claude-haiku-4-5@20251001",
        "claude-haiku-4.5",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-haiku-4-5",
        "anthropic/claude-haiku-4-5-latest",
    ],
)
def test_spellings(name: str) -> None:
    """Provider, region, date, version and window do not change a model's price."""
    assert cost(name, input=1_000_000) == 10**9


@pytest.mark.parametrize(
    ("name", "dollars"),
    [("claude-opus-4", 15), ("claude-sonnet-4-20250514", 3), ("claude-3-5-sonnet-v2@20241022", 3)],
)
def test_old_spellings(name: str, dollars: int) -> None:
    """The names that older clients wrote are priced."""
    assert cost(name, input=1_000_000) == dollars * 10**9


def test_unknown_model_has_no_price() -> None:
    """A model that is not in the table has no price, rather than a guessed one."""
    assert cost("claude-sonnet-9", input=1) is None
    assert cost("gpt-7", input=1) is None
    assert cost("<synthetic>", output=1) is None  # a gateway may use the client's own name


def test_rows_hold_from_their_date() -> None:
    """The price is that of the call's day: Sonnet 5.5's cache reads were cut on 7 October 2026."""
    before, after = parse_ms("2026-10-06T23:59:59.999Z"), parse_ms("2026-10-07T00:00:00Z")
    assert cost("claude-sonnet-5-5", before, read=1_000_000) == 200_000_000
    assert cost("claude-sonnet-5-5", after, read=1_000_000) == 100_000_000
    assert cost("claude-sonnet-5-5", 0, read=1_000_000) == 200_000_000


def test_step_looks_at_each_pass() -> None:
    """A message of two passes of 60,000 tokens each is below Haiku's step; as one it is above."""
    parts = ((60_000, 100, 0, 0, 0), (60_000, 100, 0, 0, 0))
    assert cost("claude-haiku-5-5", input=120_000, output=200, parts=parts) == 12_100_000
    assert cost("claude-haiku-5-5", input=120_000, output=200) == 60_500_000
    assert cost("claude-haiku-5-5", input=120_001, output=200, parts=parts) == 60_500_500


def test_override_wins() -> None:
    """The user's own row prices a model, known or not; cache rates follow from its input rate."""
    table = prices.load(
        {"claude-opus-5-5": {"input": 1, "output": 2}, "mine": {"input": 3, "output": 4}}
    )
    call = Call("msg_1", NOW, "claude-opus-5-5[1m]", input=1_000_000, read=1_000_000)
    assert prices.cost_nano(call, table) == 1_100_000_000
    call = Call("msg_1", NOW, "mine", output=1_000_000, write_1h=1_000_000)
    assert prices.cost_nano(call, table) == 10_000_000_000


COUNT = st.integers(0, 3_000_000)
with open(prices.FILE) as table_file:
    MODEL = st.sampled_from(sorted(json.load(table_file)["models"]))


@given(MODEL, st.tuples(*[COUNT] * 5), st.sampled_from(["", "us"]), st.sampled_from(["", "batch"]))
def test_exact(model: str, counts: tuple[int, ...], geo: str, tier: str) -> None:
    """The integer arithmetic is the exact fraction, rounded half up once."""
    names = ("input", "output", "write_5m", "write_1h", "read")
    row = PRICES.of(model).row(NOW)  # type: ignore[union-attr]
    prompt = counts[0] + sum(counts[2:])
    rates = row.high if row.above and prompt > row.above else row.base
    exact = Fraction(sum(n * rate for n, rate in zip(counts, rates, strict=True)), 10**6)
    exact *= Fraction(11, 10) if geo else 1
    exact *= Fraction(1, 2) if tier else 1
    got = cost(model, geo=geo, service_tier=tier, **dict(zip(names, counts, strict=True)))
    assert got == (exact + Fraction(1, 2)).__floor__()


@given(MODEL, st.tuples(*[COUNT] * 5), st.integers(0, 4), st.integers(0, 10**6))
def test_more_never_costs_less(model: str, counts: tuple[int, ...], which: int, more: int) -> None:
    """A price is never negative, and no count more makes a call cheaper."""
    names = ("input", "output", "write_5m", "write_1h", "read")
    fields = dict(zip(names, counts, strict=True))
    less = cost(model, **fields)
    fields[names[which]] += more
    full = cost(model, **fields)
    assert less is not None
    assert full is not None
    assert 0 <= less <= full


def test_saved_is_against_the_model_routed_from() -> None:
    """What a call saved is the same tokens on the other model, minus what it cost."""
    call = Call("msg_1", NOW, "claude-haiku-5-5", input=1000, output=200)
    spent = prices.cost_nano(call, PRICES)
    assert prices.saved_nano(call, spent, "claude-opus-5-5", PRICES) == 8_000_000 - 200_000
    assert prices.saved_nano(call, spent, "claude-haiku-5-5", PRICES) == 0
    assert prices.saved_nano(call, spent, "nobody-knows", PRICES) == 0
    assert prices.saved_nano(call, None, "claude-opus-5-5", PRICES) == 0


def test_saved_is_a_lower_bound_across_tokenizers() -> None:
    """The older tokenizer counts fewer tokens for the same text: take the fewest published."""
    call = Call("msg_1", NOW, "claude-haiku-5-5", input=1350)
    spent = prices.cost_nano(call, PRICES)
    assert prices.saved_nano(call, spent, "claude-opus-4-6", PRICES) == 5_000_000 - 135_000
    old = Call("msg_1", NOW, "claude-haiku-4-5", input=1000)
    assert prices.saved_nano(old, 1_000_000, "claude-opus-5-5", PRICES) == 3_000_000


def test_every_row_has_a_source_and_every_model_its_rows_in_order() -> None:
    """Rows name listed sources, and stand in the order of their dates."""
    with open(prices.FILE) as file:
        table = json.load(file)
    for entry in table["models"].values():
        dates = [row["from"] for row in entry["prices"]]
        assert dates == sorted(dates)
        for row in entry["prices"]:
            assert row["source"]
            assert set(row["source"]) <= set(table["sources"])
            assert len(row["rates"]) == 5
