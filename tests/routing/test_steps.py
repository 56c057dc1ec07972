"""What an agent's steps and its last word say about its model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.routing import steps
from cheaproute.routing.steps import Use, trouble, unanswered

LOOKS = [Use("Read", "a"), Use("Grep", "b"), Use("Bash", "c"), Use("Read", "d")]
FAILED = Use("Bash", "x", failed=True, error="e1")


def test_one_who_looks_stays() -> None:
    """Different uses, one failure, a shell."""
    assert trouble("search", [*LOOKS, FAILED], [20_000, 30_000, 60_000]) == ""
    assert trouble("search", []) == ""


@pytest.mark.parametrize("tool", steps.EDITS)
def test_an_edit_is_no_search(tool: str) -> None:
    """But what is asked to be written may be written."""
    uses = [*LOOKS, Use(tool, "e")]
    assert "edits" in trouble("search", uses)
    assert "edits" in trouble("read", uses)
    assert trouble("reformat", uses) == ""
    assert trouble("boilerplate", uses) == ""


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (Use("Bash", "y", failed=True, error="e1"), "fails"),
        (Use("Bash", "y", failed=True, error="e2"), ""),
        (Use("Read", "y", failed=True, error="e1"), ""),
        (Use("Bash", "x"), ""),
    ],
)
def test_a_tool_that_fails_twice_alike(second: Use, why: str) -> None:
    """The same tool with the same error, whatever it was used on; another error is another try."""
    assert why in trouble("check", [FAILED, *LOOKS, second])
    assert bool(trouble("check", [FAILED, *LOOKS, second])) == bool(why)


def test_repeats() -> None:
    """Four times the very same use."""
    assert trouble("search", [Use("Read", "a")] * 3) == ""
    assert "repeats" in trouble("search", [Use("Read", "a")] * 4)


def test_a_context_that_grows_fast() -> None:
    """In a few steps; a long run that grows slowly is none."""
    assert "grows" in trouble("read", LOOKS, [20_000, 40_000, 90_000, 130_000])
    assert trouble("read", LOOKS, [n * 20_000 for n in range(1, 12)]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "I'm not sure where the retry limit is set. It may be in config.py.",
        "Three files.\n\nWhich of them wins cannot be determined without more information.",
        "Das lässt sich nicht sagen, ohne den Dienst zu starten.",
        "这个值在哪里设置无法确定。",
    ],
)
def test_no_answer(text: str) -> None:
    """Empty or hedged."""
    assert unanswered(text)


@pytest.mark.parametrize(
    "text",
    [
        "No file mentions `ledger`.",
        "src/a.py:12 and src/b.py:40. Nothing else reads it.",
        "The test suite fails: 3 of 120. The error is `KeyError: 'unsure'`.",
        "Found it. " + "x" * 600 + " the docs say: I'm not sure this is right " + "y" * 600,
    ],
)
def test_an_answer(text: str) -> None:
    """That nothing was found is one; what stands in the middle is a quotation."""
    assert not unanswered(text)


@given(st.text(), st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5), st.booleans())))
def test_nothing_breaks_it(text: str, uses: list[tuple[str, str, bool]]) -> None:
    """Any text, any uses; and what is said once is said again."""
    found = [Use(name, key, failed=failed) for name, key, failed in uses]
    assert trouble(text, found) == trouble(text, found)
    assert isinstance(unanswered(text), str)
