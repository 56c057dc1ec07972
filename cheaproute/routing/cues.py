"""Which cues of the lexicon a reading holds, and where each stands."""

from __future__ import annotations

from cheaproute.routing.lexicon import EDITS, NEGATIONS, TERMS, cue_of
from cheaproute.routing.text import BREAK, OPENING, TITLE, Reading

_REACH = 4  # words a negation reaches over


class Cues:
    """Counts by `(cue, place)`; the places are title, lead (imperative), opening, body and type."""

    __slots__ = ("counts", "words")

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.words: dict[str, list[str]] = {}

    def add(self, cue: str, place: str, term: str) -> None:
        """Count one hit of `cue`, remembering the lexicon's own word for the reason."""
        key = (cue, place)
        self.counts[key] = self.counts.get(key, 0) + 1
        known = self.words.setdefault(cue, [])
        if term not in known:
            known.append(term)

    def strength(self, cue: str) -> float:
        """How strongly the text asks for `cue`: its place counts more than its number."""
        get = self.counts.get
        return (
            3.0 * min(get((cue, "title"), 0), 1)
            + 2.0 * min(get((cue, "type"), 0), 1)
            + 1.5 * min(get((cue, "lead"), 0), 2)
            + 0.7 * min(get((cue, "opening"), 0), 2)
            + 0.2 * min(get((cue, "body"), 0), 3)
        )


def gather(reading: Reading, subagent_type: str) -> Cues:
    """The cues of `reading`, and of the generic words in the agent type's name."""
    cues = Cues()
    for word in (
        subagent_type[:200].lower().replace(":", " ").replace("-", " ").replace("_", " ").split()
    ):
        cue = cue_of(word)
        if cue:
            cues.add(cue, "type", word)
    words = reading.words
    negated = 0
    skip = 0
    for at, (word, place, leads) in enumerate(words):
        if word == BREAK:
            negated = 0
            continue
        if skip:
            skip -= 1
            continue
        if word in NEGATIONS:
            negated = _REACH
            continue
        cue, term, skip = _match(words, at, word)
        if cue is None:
            negated = max(negated - 1, 0)
            continue
        if negated and cue in EDITS:
            cues.add("readonly", "opening", "no changes")
            continue
        where = (
            "title"
            if place == TITLE
            else "lead"
            if leads
            else "opening"
            if place == OPENING
            else "body"
        )
        cues.add(cue, where, term)
    return cues


def _match(words: list[tuple[str, int, bool]], at: int, word: str) -> tuple[str | None, str, int]:
    """The longest term starting at `at`: its cue, its text, and how many more words it takes."""
    following = [w for w, _, _ in words[at + 1 : at + 3]]
    for extra in (2, 1):
        if len(following) >= extra:
            term = " ".join((word, *following[:extra]))
            if term in TERMS:
                return TERMS[term], term, extra
    cue = cue_of(word)
    return cue, word, 0
