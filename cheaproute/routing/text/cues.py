"""Which cues of the lexicon a reading holds, and where each stands."""

from __future__ import annotations

from cheaproute.routing.text.lexicon import (
    EDITS,
    NEGATIONS,
    OF_TYPE,
    OPENERS,
    RETRIEVAL,
    TERMS,
    THINGS,
    entry,
)
from cheaproute.routing.text.lexicon_foreign import SIGN_TERMS
from cheaproute.routing.text.reading import BREAK, OPENING, PATH, TITLE, UNSPACED, Reading

_REACH = 4  # words a negation reaches over
_OBJECT = 5  # words in which a verb's object is looked for
# Words that no cue has or begins with: most come again, in the text and in its sentences.
_silent: set[str] = set()
_MOST_SILENT = 10_000


class Cues:
    """Counts by `(cue, place)`; the places are title, lead (imperative), opening, body and type.

    `words` has the lexicon's words found for each cue, `first` the cue the prompt itself opens
    with; `plain` is set where a retrieving imperative has a file, a line, a class as its object.
    """

    __slots__ = ("counts", "first", "plain", "words")

    def __init__(self) -> None:
        self.first = ""
        self.plain = 0
        self.counts: dict[tuple[str, str], int] = {}
        self.words: dict[str, list[str]] = {}

    def add(self, cue: str, place: str, term: str) -> None:
        """Count one hit of `cue`, remembering the lexicon's own word for the reason."""
        key = (cue, place)
        self.counts[key] = self.counts.get(key, 0) + 1
        if not self.first and place in ("lead", "opening"):
            self.first = cue
        if place == "body" and cue in RETRIEVAL:
            return  # deep in a specification these are nouns: "a view", "the format"
        known = self.words.setdefault(cue, [])
        if term not in known:
            known.append(term)


def gather(reading: Reading, subagent_type: str) -> Cues:
    """The cues of `reading`, and of the generic words in the agent type's name."""
    cues = Cues()
    _of_type(cues, subagent_type)
    words = reading.words
    negated = skip = 0
    for at, (word, place, leads) in enumerate(words):
        if skip:
            skip -= 1
        elif word in _silent:
            if negated:
                negated -= 1
        elif word == BREAK:
            negated = 0
        elif word in NEGATIONS:
            negated = _REACH
        elif word[0] >= UNSPACED:
            for sign, cue in SIGN_TERMS:
                if sign in word:
                    cues.add(cue, _where(place, leads), sign)
        else:
            cue, term, skip = _match(words, at, word)
            if not cue:
                negated = max(negated - 1, 0)
                _keep_silent(word)
            elif negated and cue in EDITS:
                cues.add("readonly", "opening", "no changes")
            else:
                cues.add(cue, _where(place, leads), term)
                if leads and cue in RETRIEVAL:
                    cues.plain += _has_thing(words, at)
    return cues


def _keep_silent(word: str) -> None:
    if word not in OPENERS:
        if len(_silent) >= _MOST_SILENT:
            _silent.clear()
        _silent.add(word)


def _has_thing(words: list[tuple[str, int, bool]], at: int) -> bool:
    """Whether the object of the verb at `at` is a thing one can point at."""
    for word, _, _ in words[at + 1 : at + 1 + _OBJECT]:
        if word == BREAK:
            return False
        if word == PATH or word in THINGS or (word[-1] == "s" and word[:-1] in THINGS):
            return True
    return False


def _of_type(cues: Cues, subagent_type: str) -> None:
    name = subagent_type[:200].lower()
    for word in name.replace(":", " ").replace("-", " ").replace("_", " ").split():
        cue, term = OF_TYPE.get(word) or entry(word)
        if cue:
            cues.add(cue, "type", term)


def _where(place: int, leads: bool) -> str:
    if place == TITLE:
        return "title"
    if leads:
        return "lead"
    return "opening" if place == OPENING else "body"


def _match(words: list[tuple[str, int, bool]], at: int, word: str) -> tuple[str, str, int]:
    """The longest term starting at `at`: its cue, the term, and how many more words it takes."""
    if word in OPENERS:
        term = word
        found: tuple[str, str, int] | None = None
        for extra, (following, _, _) in enumerate(words[at + 1 : at + 3], 1):
            term = f"{term} {following}"
            if term in TERMS:
                found = TERMS[term], term, extra
        if found:
            return found
    return *entry(word), 0
