from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.plan.evidence import interval


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_published_intervals(hits: int, n: int, low: float, high: float) -> None:
    """The bounds are those of the literature."""
    assert interval.wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_share_lies_within_and_more_cases_narrow_it(hits: int, misses: int) -> None:
    """Bounds hold the share, stay within 0 and 1, and ten times the cases are surer."""
    n = hits + misses
    low, high = interval.wilson(hits, n)
    assert 0 <= low <= high <= 1
    if n:
        assert low - 1e-12 <= hits / n <= high + 1e-12
        more = interval.wilson(10 * hits, 10 * n)
        assert more[1] - more[0] < high - low
        mirrored = interval.wilson(misses, n)
        assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_more_hits_than_cases_is_a_bug() -> None:
    """It is not hidden."""
    with pytest.raises(ValueError, match="3 of 2"):
        interval.wilson(3, 2)


def test_the_mean_and_its_interval() -> None:
    """Equal values are sure; others are as unsure as their spread says."""
    assert interval.mean([2.0, 2.0, 2.0]) == (2.0, 2.0, 2.0)
    middle, low, high = interval.mean([1.0, 3.0])
    assert (middle, high - middle) == pytest.approx((2.0, 1.959964))
    assert low == pytest.approx(0.040036)
