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
    UNKNOWN,
    entry,
)
from cheaproute.routing.text.lexicon_foreign import SIGN_TERMS, inside, unspaced
from cheaproute.routing.text.reading import BREAK, PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.routing.text.reading import Reading

_REACH = 4  # words a negation reaches over
_ENDINGS = ("s", "ed", "ing")  # those that `entry` knows
_OBJECT = 5  # words in which a verb's object is looked for


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
        if place == "body" and cue in RETRIEVAL:
            return  # deep in a specification these are nouns: "a view", "the format"
        if not self.first and place in ("lead", "opening"):
            self.first = cue
        if cue not in self.words:
            self.words[cue] = [term]
        elif term not in self.words[cue]:
            self.words[cue].append(term)


def gather(reading: Reading, subagent_type: str) -> Cues:
    """The cues of `reading`, and of the generic words in the agent type's name."""
    cues = Cues()
    _of_type(cues, subagent_type)
    words = reading.words
    several = set(words)
    known, sentences = _known(several), unspaced(several)
    telling = {*known, *sentences, *(NEGATIONS & several), *(OPENERS & several)}
    signs = inside(SIGN_TERMS, sentences)
    reach = ended = taken = -1  # how far a negation reaches, its clause, and the last term
    for at in [at for at, word in enumerate(words) if word in telling]:
        if at <= taken:
            continue
        word = words[at]
        if word in NEGATIONS:
            reach, ended = at + _REACH, _end(words, at)
        elif word in sentences:
            for sign, cue in signs:
                if sign in word:
                    cues.add(cue, _where(reading, at), sign)
            reach += 1
        else:
            cue, term = known.get(word, UNKNOWN)
            taken = at
            if word in OPENERS:
                cue, term, taken = _longer(words, at) or (cue, term, taken)
            if not cue:
                continue
            if at <= reach and at < ended and cue in EDITS:
                cues.add("readonly", "opening", "no changes")
            else:
                cues.add(cue, _where(reading, at), term)
                if at in reading.heads and cue in RETRIEVAL:
                    cues.plain += _has_thing(words, at)
            reach += taken + 1 - at  # it reaches over words that say nothing
    return cues


def _known(several: set[str]) -> dict[str, tuple[str, str]]:
    """The entries of words, each looked up once."""
    known = {word: (TERMS[word], word) for word in TERMS.keys() & several}
    for word in several:
        if word.endswith(_ENDINGS) and word not in known:
            found = entry(word)
            if found[0]:
                known[word] = found
    return known


def _end(words: Sequence[str], at: int) -> int:
    """Where the sentence of the word at `at` ends."""
    try:
        return words.index(BREAK, at)
    except ValueError:
        return len(words)


def _has_thing(words: Sequence[str], at: int) -> bool:
    """Whether the object of the verb at `at` is a thing one can point at."""
    for word in words[at + 1 : at + 1 + _OBJECT]:
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


def _where(reading: Reading, at: int) -> str:
    if at < reading.body:
        return "title"
    if at in reading.heads:
        return "lead"
    return "opening" if at < reading.later else "body"


def _longer(words: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """The longest term of several words from `at` on: its cue, itself, its last place."""
    term = words[at]
    found = None
    for last, following in enumerate(words[at + 1 : at + 3], at + 1):
        term = f"{term} {following}"
        if term in TERMS:
            found = TERMS[term], term, last
    return found
