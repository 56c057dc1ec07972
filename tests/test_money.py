from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute import money
from cheaproute.errors import UsageError
from cheaproute.money import NANO

_SHELL = "`$50` is written 50: a shell reads the $5 itself"


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("5", 5),
        ("$5", 5),
        (" $ 12.50 ", 12.5),
        ("5 USD", 5),
        ("5usd", 5),
        ("1,000", 1000),
        ("$1,234.50", 1234.5),
        ("1_000", 1000),
        ("2e1", 20),
        ("0.2", 0.2),
        ("0.125", 0.125),
        ("1000.125", 1000.125),
        ("1.0050", 1.005),
        ("1e-9", 1e-9),
    ],
)
def test_what_people_write_is_understood(text: str, dollars: float) -> None:
    """Dollar signs, thousands and units are read as meant."""
    assert money.parse(text) == round(dollars * NANO)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,5", "'1,5' is unclear: write 1.5 with a point"),
        ("1,00", "'1,00' is unclear: write 1.00 with a point"),
        ("1.000", "'1.000' is unclear: write 1000 or 1.00"),
        ("$12.345", "'$12.345' is unclear: write 12345 or 12.35"),
        ("2.500,00", "'2.500,00' is unclear: write 2500.00 with a point"),
        ("1.234.567,5", "'1.234.567,5' is unclear: write 1234567.5 with a point"),
        ("-5", "'-5' is not above zero (no cap at all: `cheaproute cap unset`)"),
        ("0", f"'0' is not above zero (no cap at all: `cheaproute cap unset`; {_SHELL})"),
        ("00", f"'00' is not above zero (no cap at all: `cheaproute cap unset`; {_SHELL})"),
        ("nan", "'nan' is not an amount of dollars up to $1,000,000.00"),
        ("inf", "'inf' is not an amount of dollars up to $1,000,000.00"),
        ("1e7", "'1e7' is not an amount of dollars up to $1,000,000.00"),
        ("five", "'five' is not an amount of dollars: write 5 or 12.50"),
        ("", "'' is not an amount of dollars: write 5 or 12.50"),
        ("€5", "'€5' is not an amount of dollars: write 5 or 12.50"),
    ],
)
def test_what_is_unclear_is_refused_in_one_line(text: str, says: str) -> None:
    """No guess is made about money; the line says what to write."""
    with pytest.raises(UsageError) as refused:
        money.parse(text)
    assert str(refused.value) == says


@given(st.integers(1, money.MOST))
def test_a_plain_amount_reads_back_as_itself(nano: int) -> None:
    """What a message tells the user to type means what it says, to the nano-dollar."""
    assert money.parse(money.typed(nano)) == nano


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (0, "$0.00"),
        (50 * NANO, "$50.00"),
        (1_234_567 * NANO // 100, "$12,345.67"),
        (NANO // 10, "$0.10"),
        (NANO // 20, "$0.05"),
        (NANO * 55 // 1000, "$0.055"),
        (NANO // 2000, "$0.0005"),
        (123_456, "$0.00012"),
        (1, "$0.000000001"),
        (-2 * NANO, "-$2.00"),
    ],
)
def test_small_amounts_are_not_hidden_by_cents(nano: int, shown: str) -> None:
    """Below ten cents two digits that count are shown."""
    assert money.show(nano) == shown


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (50 * NANO, "$50.00"),
        (12 * NANO // 10, "$1.20"),
        (NANO // 8, "$0.125"),
        (1_234_567_800_000, "$1,234.5678"),
        (1, "$0.000000001"),
    ],
)
def test_a_limit_is_told_as_it_was_set(nano: int, shown: str) -> None:
    """A cap of $0.125 is not shown as one of $0.12, nor $0.12 of it as all of it."""
    assert money.exact(nano) == shown


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=12))
def test_the_parts_of_a_whole_are_a_hundred(parts: list[int]) -> None:
    """What is half a percent and more adds up; each is its share, up or down."""
    whole = sum(parts)
    told = money.percents(parts, whole)
    if not whole:
        assert told == [0] * len(parts)
        return
    large = [part for part in parts if 200 * part >= whole]
    assert sum(told) == round(100 * sum(large) / whole)
    assert all(0 <= n - 100 * part // whole <= 1 for n, part in zip(told, parts, strict=True))
    assert sorted(told) == [n for _, n in sorted(zip(parts, told, strict=True))]


def test_the_largest_rests_go_up() -> None:
    """Four parts that each round up would be 101."""
    assert money.percents([335, 331, 196, 138], 1000) == [33, 33, 20, 14]
    assert money.percents([996, 4], 1000) == [100, 0]
    assert [money.in_percent(100, 996, 1000), money.in_percent(0, 4, 1000)] == [">99 %", "<1 %"]


def test_what_is_likely_has_two_digits() -> None:
    """Whole dollars from ten on; nothing stays nothing."""
    amounts = {
        122.56: "$120",
        89.26: "$89",
        9.96: "$10",
        2.345: "$2.30",
        0.0447: "$0.045",
        0: "$0.00",
    }
    assert {nano: money.rough(round(nano * NANO)) for nano in amounts} == amounts


def test_a_change_is_said_in_words() -> None:
    """No sign that is read one way here and the other there."""
    said = [money.change(nano * NANO // 100) for nano in (6, -6, 0)]
    assert said == ["saved $0.06", "cost $0.06 more", ""]


def test_a_saving_is_said_in_words() -> None:
    """What costs more says so: no minus before a dollar, a percentage or an end of a range."""
    assert [money.less(nano * NANO) for nano in (3, -3, 0)] == [
        "$3.00 less",
        "$3.00 more",
        "$0.00 less",
    ]
    assert [money.less(nano, 1000) for nano in (4, -60)] == ["<1 % less", "6 % more"]
    ranges = {
        (3, 5): "$3.00 to $5.00",
        (-5, 3): "from $5.00 more to $3.00 less",
        (-5, -3): "from $5.00 more to $3.00 more",
    }
    assert {ends: money.less_range(*(one * NANO for one in ends)) for ends in ranges} == ranges
    shares = {
        (-530, 380): "from 53 % more to 38 % less",
        (30, 50): "3 % to 5 %",
        (1, 2): "<1 %",
        (-2, -1): "<1 % more",
    }
    assert {ends: money.less_range(*ends, 1000) for ends in shares} == shares
