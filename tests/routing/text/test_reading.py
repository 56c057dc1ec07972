"""What of a text is read."""

from __future__ import annotations

import pytest

from cheaproute.routing.text import grams
from cheaproute.routing.text.reading import BREAK, IDENTIFIER, NUMBER, PATH, Reading, read


def words(reading: Reading) -> list[str]:
    """The words without the breaks between sentences."""
    return [word for word in reading.words if word != BREAK]


def test_projects_own_names_are_masked() -> None:
    """Paths, identifiers and numbers are counted, their text is gone."""
    reading = read("", "Read src/app.py, call parseUser or MAX_SIZE 42 times")
    assert words(reading) == [
        "read", PATH, "call", IDENTIFIER, "or", IDENTIFIER, NUMBER, "times",
    ]  # fmt: skip
    assert reading.masked == 3


def test_sentences_and_list_items_have_a_first_word() -> None:
    """An imperative stands at the head of a sentence, a line or a list item."""
    reading = read("", "Go on. Then stop\n1. first\n- second thing\n## Third")
    followed = zip(reading.words, reading.words[1:], strict=False)
    leads = [word for before, word in followed if before == BREAK != word]
    assert leads == ["go", "then", "first", "second", "third"]
    assert reading.items == 3


def test_code_is_counted_not_read() -> None:
    """Neither a fence nor a line which is plainly code gives words."""
    reading = read("", "Fix it\n```py\nimport secret\n```\nif (a) {\n+++ b/file\nthanks")
    assert words(reading) == ["fix", "it", "thanks"]
    assert reading.code_lines == 3


def test_quotes_are_set_aside_unless_they_are_all_there_is() -> None:
    """What stands in quotes is named, not asked for; a text wholly in quotes is read."""
    assert IDENTIFIER in words(read("", 'find "why it hangs" in the log'))
    assert "hangs" not in words(read("", "find `why it hangs` in the log"))
    assert "hangs" in words(read("", '"why it hangs"'))
    assert "quote" in words(read("", 'an odd " quote'))


def test_places() -> None:
    """Words of the title, the first lines and the rest are told apart."""
    reading = read("Title", "word " * 10 + "\n" + "more " * 60 + "\nlast line")
    assert reading.words[: reading.body] == [BREAK, "title"]
    assert set(reading.words[reading.body : reading.later]) == {BREAK, "word", "more"}
    assert reading.words[reading.later :] == [BREAK, "last", "line"]


@pytest.mark.parametrize(
    "piece",
    [
        "some words ",
        "a ",
        "- a? b\n",
        "why, which, ",
        "1. x\n",
        "结果为什么不同。",
        "结果",
        '"a" `b` ',
    ],
)
def test_a_decision_costs_no_more_than_the_ends_of_a_text(piece: str) -> None:
    """However long it is, and of whatever: what is read, weighed and hashed of it is bounded."""
    reading = read("", piece * 100_000)
    most = grams.HEAD_WORDS + grams.TAIL_WORDS
    assert not reading.whole
    assert reading.length == 100_000 * len(piece)
    assert len(words(reading)) <= 2 * most  # what is quoted is masked with a blank on each side
    assert reading.words.count(BREAK) <= 2 * most
    signs = sum(map(len, reading.words))
    assert signs <= 2 * (grams.HEAD_CHARS + grams.TAIL_CHARS)
    assert len(grams.slots([], grams.ends(reading.words))) <= 2 * (grams.HEAD + grams.TAIL) + 310


def test_a_text_is_read_whole_up_to_what_its_ends_may_hold() -> None:
    """One word more, and its middle is left out; blanks do not count."""
    most = grams.HEAD_WORDS + grams.TAIL_WORDS
    held = [f"w{chr(97 + n % 26)}" for n in range(most)]
    assert len(words(read("", "  ".join(held)))) == most
    assert read("", "\n ".join(held)).whole
    longer = read("", " ".join([*held[: grams.HEAD_WORDS], "middle", *held[grams.HEAD_WORDS :]]))
    assert words(longer) == held
    assert not longer.whole


def test_what_is_asked_after_code_that_was_cut_is_no_code() -> None:
    """A fence reaches no further than the end of the text it stands in."""
    fence, code = "```\n", "set x one\n" * 400
    for middle in (fence + code + fence, fence + code, code + fence, code):
        assert "hangs" in words(read("", f"Look at this\n{middle}find out why it hangs"))


def test_scripts_without_spaces_are_kept() -> None:
    """A sentence of such a script is one word, to be searched for signs."""
    assert words(read("", "总结这个文件")) == ["总结这个文件"]
