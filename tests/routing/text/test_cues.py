"""The lexicon, and finding its words."""

from __future__ import annotations

import pytest

from cheaproute.routing.text import lexicon, lexicon_foreign
from cheaproute.routing.text.cues import Cues, gather
from cheaproute.routing.text.lexicon import entry
from cheaproute.routing.text.reading import read


def cues_of(prompt: str, description: str = "", kind: str = "") -> Cues:
    """The cues of a task."""
    return gather(read(description, prompt), kind)


@pytest.mark.parametrize(
    ("word", "cue", "term"),
    [
        ("find", "locate", "find"),
        ("explored", "understand", "explore"),
        ("summarizing", "summarise", "summarize"),
        ("fixes", "debug", "fix"),
        ("vulnerabilities", "security", "vulnerabilities"),
        ("xyzzy", "", ""),
        ("as", "", ""),
    ],
)
def test_english_endings(word: str, cue: str, term: str) -> None:
    """A word is known by its stem."""
    assert entry(word) == (cue, term)


def test_the_longest_term_wins() -> None:
    """`root cause` is one term, and its words are not counted again."""
    found = cues_of("Find the root cause")
    assert found.words["rootcause"] == ["root cause"]
    assert "inquiry" not in found.words


def test_places_of_cues() -> None:
    """A cue is counted where it stands."""
    found = cues_of("Summarise it. Then list them", "Review it", "security-auditor")
    assert found.counts[("review", "title")] == 1
    assert found.counts[("summarise", "lead")] == 1
    assert found.counts[("locate", "opening")] == 1
    assert found.counts[("security", "type")] == 2
    assert found.first == "summarise"


def test_a_negated_edit_says_it_is_reading() -> None:
    """`Do not change` asks for no change."""
    found = cues_of("Look at it. Do not change or rewrite the files.")
    assert "implement" not in found.words
    assert "readonly" in found.words


def test_a_negation_ends_with_its_sentence() -> None:
    """The next sentence is asked for again."""
    assert "implement" in cues_of("Do not worry. Implement it.").words


def test_signs_are_found_inside_a_sentence() -> None:
    """Scripts without spaces are searched for signs."""
    found = cues_of("为什么页面是空白的修复这个错误")
    assert {"inquiry", "debug"} <= set(found.words)


def test_a_thing_to_point_at() -> None:
    """A file is something to find; a deadlock is not."""
    assert cues_of("Find the file with the deadlock detector").plain
    assert not cues_of("Find the deadlock. Then a file").plain


def test_each_term_has_one_cue() -> None:
    """A word that stood under two cues would count for the last one only."""
    terms = [term for terms in lexicon._TABLE.values() for term in terms.split("|")]
    assert len(terms) == len(set(terms))
    assert all(1 <= len(term.split()) <= 3 for term in terms)
    assert set(lexicon_foreign.WORDS) | set(lexicon_foreign.SIGNS) <= set(lexicon.CUES)


def test_other_languages_leave_english_alone() -> None:
    """No word of another language takes an English word's meaning away."""
    english = {term for terms in lexicon._TABLE.values() for term in terms.split("|")}
    taken = {word for word, cue in lexicon_foreign.foreign_terms().items() if word in english}
    assert {word: lexicon.TERMS[word] for word in taken} == {
        word: cue
        for cue, terms in lexicon._TABLE.items()
        for word in terms.split("|")
        if word in taken
    }
