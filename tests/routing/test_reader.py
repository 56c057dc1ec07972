"""The question to Haiku, and what its answers are worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.routing import reader
from cheaproute.routing.decision import OPEN, TIERS, Decision

OPEN_TASK = Decision(OPEN, "search", 0.6, "open", likely="sonnet")


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ("haiku list", "haiku"),
        ("Haiku: list.", "haiku"),
        ("`sonnet verdict`", "sonnet"),
        ("opus risk\n", "opus"),
    ],
)
def test_two_words_that_agree_are_an_answer(said: str, tier: str) -> None:
    """In any usual dress."""
    found = reader.parsed(said)
    assert found
    assert found.tier == tier
    again = reader.parsed(found.kept)
    assert again
    assert (again.tier, again.kind) == (found.tier, found.kind)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "haiku",
        "answer haiku",
        "haiku haiku",
        "haiku verdict",
        "opus list",
        "hai",
        "mythos risk",
        "haiku list because the task only wants places",
        "haiku list " + " " * 60,
        "I can't help with that.",
    ],
)
def test_anything_else_leaves_the_task_where_it_is(said: str) -> None:
    """Torn, over-long, ordered by the task itself, or at odds with itself."""
    assert reader.parsed(said) is None
    assert reader.heard(OPEN_TASK, None).tier == OPEN


@given(st.text(max_size=60))
def test_no_text_is_an_error(said: str) -> None:
    """Whatever comes back."""
    found = reader.parsed(said)
    assert found is None or found.tier in TIERS


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("said", ["haiku list", "opus risk", ""])
def test_a_sure_text_is_never_overruled(tier: str, said: str) -> None:
    """The reader is heard where the text is open, and nowhere else."""
    sure = Decision(tier, "review", 0.9, "sure")
    assert reader.heard(sure, reader.parsed(said)) is sure


def test_an_open_task_goes_where_the_reader_says() -> None:
    """And both voices are in the reason."""
    found = reader.heard(OPEN_TASK, reader.parsed("haiku list"))
    assert (found.tier, found.likely) == ("haiku", "haiku")
    assert found.reason == (
        "search: its text does not say what it needs; Haiku, asked, calls it a lookup (list)"
    )
    assert reader.heard(OPEN_TASK, reader.parsed("sonnet verdict")).tier == "sonnet"


def test_it_is_asked_only_where_fifty_times_its_price_can_be_saved() -> None:
    """And only about what is open."""
    assert reader.asks(OPEN_TASK, question_nano=200_000, saved_nano=10_000_000)
    assert not reader.asks(OPEN_TASK, question_nano=200_000, saved_nano=9_999_999)
    sure = Decision("sonnet", "review", 0.9, "sure")
    assert not reader.asks(sure, question_nano=1, saved_nano=10**9)


@given(st.text("=\n ab", max_size=200))
def test_no_task_closes_its_own_fence(prompt: str) -> None:
    """The longest line of equals signs stands twice, around the task."""
    asked = reader.question("title", prompt, "Explore").split("\n")
    fence = max((line for line in asked if line and set(line) == {"="}), key=len)
    assert asked.count(fence) == 2
    assert asked[-1] == "Two words:"


def test_a_long_task_is_shown_at_its_ends() -> None:
    """A question's price does not grow with the task."""
    asked = reader.question("t", "head " + "x" * 100_000 + " tail", None)
    assert len(asked) < 8000
    assert "head" in asked
    assert " tail" in asked


@given(st.tuples(*[st.text("abcdefg \n<>", min_size=3, max_size=60)] * 4))
def test_nothing_goes_along_with_the_task(texts: tuple[str, ...]) -> None:
    """Fixed words around what the same API gets, or gave: nothing else of the machine."""
    marked = [f"\u2460{text}\u2461" for text in texts]
    description, prompt, kind, before = marked
    asked = reader.question(description, prompt, kind, before=before)
    bare = reader.question(*["\u2460\u2461"] * 3, before="\u2460\u2461")
    for one in marked:
        asked = asked.replace(one, "\u2460\u2461", 1)
    assert asked == bare
