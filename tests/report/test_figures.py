from __future__ import annotations

import pytest

from cheaproute.ledger.query.totals import Sums
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


@pytest.mark.parametrize("number", range(4, 20))
@pytest.mark.parametrize("steep", [1.05, 1.5, 4])
def test_a_row_that_is_kept_stands_where_its_amount_has_it(number: int, steep: float) -> None:
    """Whichever it is: above it is nothing cheaper, below it, but for the rest, nothing dearer."""
    nanos = [round(10**12 / steep**at) for at in range(number)]
    rows = [(f"p{at}", Sums()) for at in range(number)]
    for (_, sums), nano in zip(rows, nanos, strict=True):
        sums.cost_nano = nano
    for at in range(number):
        drawn = figures.breakdown(rows, sum(nanos), 4, "project", f"p{at}")
        names = [name for name, *_ in drawn]
        assert f"p{at}" in names
        *listed, last = names
        singles = [int(name[1:]) for name in names if name.startswith("p")]
        assert singles == sorted(singles)
        assert last.endswith("more projects") or len(listed) + 1 == number
        assert not last.startswith("1 more")


def test_rows_that_are_one_have_the_share_of_their_sum() -> None:
    """Not what the others' rounding has left: 14.4 % is no 15, and 3.9 % no 3."""
    for parts, told in (((40, 15.5, 15.1, 15, 4.8, 4.8, 4.8), "14 %"), ((96.1, 1.9, 1, 1), "4 %")):
        rows = [(f"p{at}", Sums()) for at in range(len(parts))]
        for (_, sums), part in zip(rows, parts, strict=True):
            sums.cost_nano = round(part * 10**9)
        *_, last = figures.breakdown(rows, 100 * 10**9, 2 if len(parts) == 4 else 5, "project")
        assert last[0] == "3 more projects"
        assert last[2] == told


def test_the_mark_of_a_lower_bound_is_explained_where_it_stands() -> None:
    """By how many calls are not whole, by the rule where a part alone bears it; else not at all."""
    sums = Sums()
    sums.calls, sums.partial = 100, 2
    said = "≥ means at least: of 2 calls only the start of the answer is on record."
    assert figures.lower(f"Month {figures.amount(sums)}", sums, [("a", sums)]) == said
    assert figures.lower("Month ≥$1.00", sums, [("a", sums)], "More.") == f"{said} More."
    assert figures.lower("Month $1.00", sums, [("a", sums)], "More.") == ""
    whole = Sums()
    whole.calls, whole.partial = 1000, 2
    assert "1 in 200" in figures.lower(f"a day {figures.amount(sums)}", whole, [("a", whole)])
    more = Sums()
    more.calls, more.partial, more.compactions = 100, 2, 3  # these have a line of their own
    assert figures.lower(f"Month {figures.amount(more)}", more, [("a", sums)]) == said
    more.partial = 0
    alone = figures.lower(f"Month {figures.amount(more)}", more, [("a", Sums())])
    assert alone == "≥ means at least: what compactions used is missing."
