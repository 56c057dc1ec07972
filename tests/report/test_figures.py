from __future__ import annotations

import pytest

from cheaproute.report import figures


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.0k"),
        (12_340, "12.3k"),
        (99_960, "100k"),
        (999_499, "999k"),
        (999_999, "1.0M"),
        (4_500_000, "4.5M"),
        (2_000_000_000_000, "2000G"),
    ],
)
def test_count(number: int, shown: str) -> None:
    """At most five characters, three digits that count."""
    assert figures.count(number) == shown
    assert len(shown) <= 5


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, ""), (0, 5, "0 %"), (1, 1000, "<1 %"), (999, 1000, ">99 %"), (5, 5, "100 %")],
)
def test_share(part: int, whole: int, shown: str) -> None:
    """Nothing is said of nothing; 0 % and 100 % are exact."""
    assert figures.share(part, whole) == shown


def test_marks() -> None:
    """A lower bound and an unknown price show."""
    assert figures.marked(1_200_000_000, 1, lower=True) == "≥$1.20+"
