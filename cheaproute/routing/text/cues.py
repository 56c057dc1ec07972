"""Which cues of the lexicon a reading holds, and where each stands."""

from __future__ import annotations

from cheaproute.routing.text.lexicon import (
    EDITS,
    NEGATIONS,
    OF_TYPE,
    RETRIEVAL,
    TERMS,
    THINGS,
    UNKNOWN,
    entry,
)
from cheaproute.routing.text.lexicon_foreign import SIGNS, UNSPACED, Memo, Signs
from cheaproute.routing.text.reading import BREAK, PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cheaproute.routing.text.reading import Reading

_REACH = 4  # words a negation reaches over
_OBJECT = 5  # words in which a verb's object is looked for


def _followers() -> dict[str, set[str]]:
    """What may follow a word that terms of several words begin with."""
    found: dict[str, set[str]] = {}
    for term in [term for term in TERMS if " " in term]:
        first, second = term.split(" ")[:2]
        found.setdefault(first, set()).add(second)
    return found


_SIGNS = Signs(SIGNS)
_FOLLOWERS = _followers()


class Telling:
    """What a word tells: its `cue` by a `term`, or that one of `followers` may make a longer term.

    Or that it `negates`, or a whole sentence and the `signs` in it, each with its cue.
    """

    __slots__ = ("cue", "followers", "negates", "signs", "term")

    def __init__(
        self,
        found: tuple[str, str] = UNKNOWN,
        followers: Collection[str] = (),
        signs: list[tuple[str, str]] | None = None,
        *,
        negates: bool = False,
    ) -> None:
        self.cue, self.term = found
        self.followers = followers
        self.negates = negates
        self.signs = signs


def _telling(word: str) -> Telling | None:
    """What a word tells, if anything."""
    if word in NEGATIONS:
        return Telling(negates=True)
    if word >= UNSPACED:
        return Telling(signs=_SIGNS.inside(word))
    found, followers = entry(word), _FOLLOWERS.get(word, ())
    return Telling(found, followers) if found[0] or followers else None


_tells = Memo(_telling)


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
    words, body, later = reading.words, reading.body, reading.later
    tells = map(_tells.__getitem__, words)
    reach = ended = taken = -1  # how far a negation reaches, its clause, and the last term
    for at, telling in [(at, telling) for at, telling in enumerate(tells) if telling]:
        if at <= taken:
            continue
        if telling.negates:
            reach, ended = at + _REACH, _end(words, at)
            continue
        leads = words[at - 1] == BREAK
        place = "title" if at < body else "lead" if leads else "opening" if at < later else "body"
        if telling.signs is not None:
            for sign, cue in telling.signs:
                cues.add(cue, place, sign)
            reach += 1
            continue
        taken, cue, term = at, telling.cue, telling.term
        if telling.followers and at + 1 < len(words) and words[at + 1] in telling.followers:
            cue, term, taken = _longer(words, at) or (cue, term, taken)
        if not cue:
            continue
        if at <= reach and at < ended and cue in EDITS:
            cues.add("readonly", "opening", "no changes")
        else:
            cues.add(cue, place, term)
            if leads and cue in RETRIEVAL:
                cues.plain += _has_thing(words, at)
        reach += taken + 1 - at  # it reaches over words that say nothing
    return cues


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


def _longer(words: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """The longest term of several words from `at` on: its cue, itself, its last place."""
    term = words[at]
    found = None
    for last, following in enumerate(words[at + 1 : at + 3], at + 1):
        term = f"{term} {following}"
        if term in TERMS:
            found = TERMS[term], term, last
    return found
