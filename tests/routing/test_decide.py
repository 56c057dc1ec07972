"""The router's answers, whatever it is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cheaproute.routing.decide import decide
from cheaproute.routing.decision import CATEGORIES, TIERS

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=400)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT, st.floats(0, 1))
def test_any_text_has_a_decision(
    description: str, prompt: str, kind: str | None, caution: float
) -> None:
    """Every text, lone surrogates included, gets a tier, a category, a confidence and a reason."""
    found = decide(description, prompt, kind, caution=caution)
    assert found.tier in TIERS
    assert found.category in CATEGORIES
    assert 0 <= found.confidence <= 1
    assert found.reason
    assert "\n" not in found.reason


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_the_same_text_has_the_same_decision(description: str, prompt: str) -> None:
    """Nothing but the arguments decides."""
    first, again = decide(description, prompt), decide(description, prompt)
    assert (first.tier, first.category, first.confidence, first.reason) == (
        again.tier,
        again.category,
        again.confidence,
        again.reason,
    )


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("Summarise the file README.md", "haiku"),
        ("Find where the config is loaded and report the file paths", "haiku"),
        ("just quickly find out why prod deadlocks", "sonnet"),
        ("Review this diff for correctness", "sonnet"),
    ],
)
def test_plain_tasks(text: str, tier: str) -> None:
    """The guide's plain cases go where the guide says."""
    assert decide("", text).tier == tier
