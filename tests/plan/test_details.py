from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cheaproute.money import NANO
from cheaproute.plan import details
from cheaproute.plan.steps.step import Case
from cheaproute.report.terminal import draw


def test_a_session_that_would_have_been_dearer_is_said_to_be() -> None:
    """In the column of what a step saves."""
    cases = [Case(1, 20_000, "search", n * NANO) for n in (1, -2)]
    rows = details.cases(SimpleNamespace(cases=cases), {1: "a" * 36}, {})  # type: ignore[arg-type]
    assert [row[3] for row in rows] == ["$1.00", "$2.00 dearer"]


@pytest.mark.parametrize(
    ("stood", "on_top", "heads"),
    [
        (41, False, (">Was", ">Set now", ">Saves")),
        (41, True, (">Was", ">With others", ">Saves")),
        (37, False, (">Was", ">Saves")),
    ],
)
def test_what_is_saved_stands_beside_the_sum_that_it_is_of(
    stood: int, on_top: bool, heads: tuple[str, ...]
) -> None:
    """A session that saves more than it cost is none that one has to wonder about."""
    step: Any = SimpleNamespace(
        cases=[Case(1, 20_000, "search", 39 * NANO, 37 * NANO, stood * NANO)], on_top=on_top
    )
    assert tuple(details.heads(step))[3:-1] == heads
    (row,) = details.cases(step, {1: "a" * 36}, {})
    assert len(row) == len(details.heads(step))
    assert row[3:-1] == ("$37.00", *(["$41.00"] if len(heads) > 2 else []), "$39.00")


def test_the_sum_that_a_saving_is_of_stays_longest() -> None:
    """On a narrow screen the bill of a session goes before what it would have cost."""
    names = ("Last day", "Session", "Work", ">Was", ">Set now", ">Saves", "Title")
    row = ("2026-11-27", "f6ba6f62", "debugging", "$37.75", "$55.33", "$39.88", "a" * 30)
    head = draw.table(names, [row], draw.Look(60), cuttable="Title")[0]
    assert "Was" not in head
    assert "Set now" in head
