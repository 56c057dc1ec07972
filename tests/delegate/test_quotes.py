"""Quotes are held against the file."""

from __future__ import annotations

import pytest

from cheaproute.delegate import quotes

LINES = [
    "start",
    "12:00:01 ERROR disk full on /dev/sda1",
    "ok",
    "12:00:03 ERROR disk full on /dev/sda1",
    "x" * 400 + " the needle in a long line " + "y" * 400,
]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("L2: 12:00:01 ERROR disk full on /dev/sda1", "L2: 12:00:01 ERROR disk full on /dev/sda1"),
        ("- `L2`: `ERROR disk full on`", "L2: 12:00:01 ERROR disk full on /dev/sda1"),
        ("  * L2: ERROR disk full ...", "L2: 12:00:01 ERROR disk full on /dev/sda1"),
        ("L1: 12:00:03 ERROR disk full", "L4: 12:00:03 ERROR disk full on /dev/sda1"),
        ("L999: ERROR  disk  full on", "L4: 12:00:03 ERROR disk full on /dev/sda1"),
        ("L1: 12:00:09 ERROR disk full", ""),
        ("L2: ok", ""),
        ("L3:", ""),
        ("L3: ok", "L3: ok"),
        ("Line 3 is fine", "Line 3 is fine"),
    ],
    ids=[
        "right",
        "in marks",
        "cut",
        "wrong line",
        "no such line",
        "invented",
        "too short to look for",
        "empty",
        "short but right",
        "no quote",
    ],
)
def test_a_quote_is_right_or_put_right_or_dropped(said: str, kept: str) -> None:
    """What is kept is the line as it stands in the file, under its own number."""
    assert quotes.check(said, LINES).text == kept


def test_what_was_done_is_counted() -> None:
    """Right, moved and dropped quotes are told apart, and a line is quoted once."""
    checked = quotes.check(
        "WHAT: a log\nL3: ok\nL3: ok\nL1: 12:00:03 ERROR disk\nL9: made up by me", LINES
    )
    assert (checked.right, checked.moved, checked.dropped) == (2, 1, 1)
    assert checked.text == "WHAT: a log\nL3: ok\nL4: 12:00:03 ERROR disk full on /dev/sda1"


def test_a_long_line_is_quoted_around_what_was_said() -> None:
    """Not the whole of a minified file for one quote in it."""
    text = quotes.check("L5: the needle in a long line", LINES).text
    assert text.startswith("L5: ... the needle in a long line yyy")
    assert len(text) < quotes.WIDTH + 20


def test_only_lines_that_were_shown_count() -> None:
    """A part's quotes are looked for in the part."""
    assert quotes.check("L4: 12:00:03 ERROR disk full", LINES, 1, 3).dropped == 1
