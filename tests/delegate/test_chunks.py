"""Bounds and cuts: nothing is lost, nothing is too long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.delegate import chunks
from cheaproute.delegate.backends.request import OnText, Reply, Request
from cheaproute.usage import prices

ASK = Request("claude-haiku-5-5", "s" * 10, "p" * 90, 1000, 10)


class Counter:
    """A backend that counts and does nothing else."""

    name = "counter"
    overhead_tokens = 50
    writes_cache = False

    def __init__(self, counted: int | None) -> None:
        self.counted = counted
        self.asked = 0

    def prepare(self) -> None:
        """Nothing."""

    def send(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Never called here."""
        raise AssertionError(request, on_text)

    def count(self, request: Request) -> int | None:
        """What the test wants."""
        del request
        self.asked += 1
        return self.counted


@given(st.text(alphabet="ab\n\r\x0c\u2028é😀", max_size=300), st.integers(4, 60))
def test_parts_are_the_text_and_fit(text: str, limit: int) -> None:
    """Together the parts are the text; none is over the limit; line numbers are the file's own."""
    parts = chunks.split(text, limit)
    assert "".join(part.text for part in parts) == text
    assert all(0 < len(part.text.encode()) <= limit for part in parts)
    lines = text.split("\n")
    for part in parts:
        inner = part.text.removesuffix("\n").split("\n")
        assert inner[0] in lines[part.first - 1]
        assert inner[-1] in lines[part.last - 1]
        assert part.last - part.first == len(inner) - 1


def test_a_part_ends_with_a_line_where_it_can() -> None:
    """Lines stay whole as long as they fit."""
    parts = chunks.split("one\ntwo\nthree\n", 8)
    assert [(part.text, part.first, part.last) for part in parts] == [
        ("one\ntwo\n", 1, 2),
        ("three\n", 3, 3),
    ]


def test_a_short_prompt_is_not_counted() -> None:
    """Its bytes bound it well enough."""
    backend = Counter(7)
    assert chunks.measure(ASK, backend) == 10 + 90 + 50
    assert backend.asked == 0


@pytest.mark.parametrize(
    ("counted", "tokens"), [(60_000, 60_050), (None, 200_060), (10**6, 200_060)]
)
def test_a_long_prompt_is_counted_where_it_can_be(counted: int | None, tokens: int) -> None:
    """The count holds, but never more than the bytes; without one the bytes do."""
    assert chunks.measure(replace(ASK, prompt="p" * 200_000), Counter(counted)) == tokens


def test_the_worst_call_is_dearer_than_any_answer() -> None:
    """All of the prompt and the longest answer; as a one-hour cache write where that can be."""
    table = prices.load()
    backend = Counter(None)
    cost = prices.cost_nano(chunks.worst(ASK, 1000, backend), table)
    assert cost == 1000 * 100 + 1000 * 500
    backend.writes_cache = True
    cost = prices.cost_nano(chunks.worst(ASK, 1000, backend), table)
    assert cost == 1000 * 200 + 1000 * 500


def test_a_part_stays_below_the_price_step_whatever_its_text() -> None:
    """A part of the greatest size with everything around it is below 100,000 bytes, so tokens."""
    assert chunks.PART_BYTES + 12_000 < chunks.STEP_TOKENS
    assert chunks.PART_TOKENS < chunks.STEP_TOKENS
