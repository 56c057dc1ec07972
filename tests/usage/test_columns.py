"""The prices of many calls at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.usage import columns, prices

NOW = 1_790_000_000_000
PRICES = prices.load()


@pytest.mark.parametrize("model", sorted(PRICES.table["models"]))
@given(
    st.lists(
        st.tuples(st.integers(NOW - 10**11, NOW + 10**10), *[st.integers(0, 900_000)] * 5),
        min_size=1,
    )
)
def test_many_calls_cost_what_they_cost_one_by_one(
    model: str, calls: list[tuple[int, int, int, int, int, int]]
) -> None:
    """Also where the price changed between them, or a long prompt has its own."""
    price = PRICES.of(model)
    assert price is not None
    assert columns.plain(price, *zip(*calls, strict=True)) == [price.plain(*call) for call in calls]
