"""A task that comes again is known by its fingerprint alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.routing.fingerprint import ALIKE, OTHER, SAME, fingerprint, likeness

TASK = (
    "Find every place where a session's lock is taken. Look in the store and the meter, list file "
    "and line for each, and say whether it is released on all paths. Do not change anything."
)
PARAPHRASE = TASK.replace("list file and line for each", "list the file and the line of each")


@pytest.mark.parametrize("again", [TASK, TASK.upper(), PARAPHRASE, TASK + " Be thorough."])
def test_much_the_same_task_is_known(again: str) -> None:
    """Case, a few words, a sentence more: the same task."""
    assert likeness(fingerprint("Find locks", TASK), fingerprint("Find locks", again)) >= ALIKE


@pytest.mark.parametrize(
    "other",
    [
        "Write unit tests for the price table, one for each rule, and run them.",
        "Find every place where a price is read. Look in the report, list file and line for each.",
        "",
    ],
)
def test_another_task_is_another(other: str) -> None:
    """The same project's next task is not taken for a retry."""
    assert likeness(fingerprint("Find locks", TASK), fingerprint("Next", other)) == OTHER


def test_a_task_without_words_is_like_no_other() -> None:
    """Two empty prompts are not a repetition."""
    assert likeness(fingerprint("", ""), fingerprint("", "...")) == OTHER


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (TASK, SAME),
        (TASK.upper().replace(",", ";"), SAME),
        (TASK.replace("lock", "lease"), ALIKE),
        (TASK.replace("Find every", "Find each and every"), ALIKE),
    ],
)
def test_a_task_of_another_object_is_another(again: str, expected: int) -> None:
    """However alike the words are; its label, case and signs make no other task."""
    assert likeness(fingerprint("Find locks", TASK), fingerprint("Look again", again)) == expected


@given(st.text(), st.text())
def test_any_text_has_a_stable_small_fingerprint(description: str, prompt: str) -> None:
    """Whatever the text: no exception, the same every time, 0 or 64 digits."""
    found = fingerprint(description, prompt)
    assert found == fingerprint(description, prompt)
    assert len(found) in (0, 64)


def test_it_takes_bounded_work() -> None:
    """Of a huge prompt only the beginning is read, so its tail does not count."""
    words = " ".join(f"word{i}" for i in range(5000))
    assert fingerprint("", words) == fingerprint("", words + " more" * 100_000)
