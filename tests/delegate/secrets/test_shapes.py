"""Secrets in 151 sorts of lines, and 84 sorts of files without one; values are drawn by seed."""

from __future__ import annotations

from collections import Counter

import pytest

from cheaproute.delegate.secrets import scan
from tests.delegate.secrets.shapes import sets
from tests.marks import in_long

COUNTS = [75, in_long(300)]
CLEAN = [(56, 60), in_long(1_000, 120)]


@pytest.mark.parametrize("half", [1, 2])
@pytest.mark.parametrize("count", COUNTS)
def test_lines_of_all_sorts_are_known(half: int, count: int) -> None:
    """At least 98 % of so many files with one secret, amid lines of the same sort, are withheld."""
    missed = Counter(name for name, text in sets.half(half, count) if not scan.find(text, 30))
    assert missed.total() <= count * 0.02, missed


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(("count", "lines"), CLEAN)
def test_lines_without_one_pass(number: int, count: int, lines: int) -> None:
    """At most 3 % of so many files without a secret are withheld."""
    told = ((name, scan.find(text, 30)) for name, text in sets.clean(number, count, lines))
    wrong = Counter(f"{name}: {found}" for name, found in told if found)
    assert wrong.total() <= count * 0.03, wrong


def test_room_alone_is_looked_through_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of empty lines are no reason for doubt: what looks for stores is linear, too."""
    monkeypatch.setattr(scan, "BUDGET_S", 30)
    assert scan.find("\n" * 60_000, 30) == ""
    assert scan.find("\t \n" * 20_000, 30) == ""


def test_what_could_not_be_decoded_is_kept() -> None:
    """Another encoding may say more than marks in place of letters; a few names do no harm."""
    assert scan.find("\ufffd\ufffda" * 1_000) == scan.DOUBT
    assert scan.find("10:00 M\ufffdller logged in, 3 of 4 parts were read\n" * 100, 30) == ""
