"""What the answer would have to hold: a place, a list, a quotation, or a verdict, a cause, a proof.

The same verbs ask for both ("list the files", "list the files that can be lost"), so it is not the
opening that tells them apart but what stands after it.
"""

from __future__ import annotations

from cheaproute.routing.text.asked_words import SIGNS, STEMS
from cheaproute.routing.text.reading import BREAK, IDENTIFIER, NUMBER, PATH, UNSPACED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cheaproute.routing.text.reading import Part, Reading

# Of `asks`: these cannot be looked up. `cond` (when, after) and `literal` (line, name) can.
JUDGED = ("may", "verdict", "cause", "choice", "proof", "risk", "change", "defect", "effect")

# A list is as hard as its hardest item, a paragraph as its hardest sentence: ten plain ones, and
# what stands around them, would outvote an eleventh that asks for a verdict. One that by itself is
# so likely to need more is enough.
ALONE = 0.6
_LEAST_PARTS = 2  # fewer are the text itself
_MOST_PARTS = 2  # of each kind are judged by themselves: a decision takes less than a millisecond
_DOUBTS = frozenset((*JUDGED, "neg"))

_PUSH = 0.3  # what one of these features counts beside a cue
_CLAUSE = 6  # words of a clause that are looked at
_NAMED = (IDENTIFIER, PATH, NUMBER)
_RELATIVES = frozenset(
    (
        *("that", "which", "who", "whose", "where", "whom", "der", "die", "das", "welche"),
        *("welcher", "welches", "deren", "dessen", "qui", "que", "dont", "où", "lequel", "quel"),
        *("quelle", "quelles", "quels", "quién", "cuál", "qué", "cuya", "cuyo", "qual", "quais"),
        *("quem", "cui", "che", "quale", "quali", "który", "która", "które", "których", "który"),
        *("którą", "который", "которая", "которые", "которое", "которых", "какой", "какая"),
        *("какие", "hangi", "hangisi"),
    )
)
_LEAST_STEM, _LONGEST_ENDING = 4, 5
_KIND_OF = {word: kind for kind, words in STEMS.items() for word in words.split()}
# A word comes again: in the text, then in its sentence, then in that by itself.
_seen: dict[str, str] = {}
_MOST_SEEN = 10_000
_KIND_OF_SIGN = tuple((sign, kind) for kind, signs in SIGNS.items() for sign in signs.split())


def asks(words: Iterable[str]) -> list[str]:
    """The kinds of answer that `words` ask for, in their order."""
    found = []
    for word in words:
        if word[0] >= UNSPACED:
            found += [kind for sign, kind in _KIND_OF_SIGN if sign in word]
            continue
        kind = _seen.get(word)
        if kind is None:
            if len(_seen) >= _MOST_SEEN:
                _seen.clear()
            kind = _seen[word] = _KIND_OF.get(word) or _by_stem(word)
        if kind:
            found.append(kind)
    return found


def _by_stem(word: str) -> str:
    length = len(word)
    for end in range(length - 1, max(_LEAST_STEM, length - _LONGEST_ENDING) - 1, -1):
        kind = _KIND_OF.get(word[:end])
        if kind:
            return kind
    return ""


def _clauses(found: dict[str, float], words: list[str]) -> None:
    """What is said of a thing asked for: what one can see in it, or what has to be judged."""
    for at, word in enumerate(words):
        if word not in _RELATIVES:
            continue
        clause = words[at + 1 : at + 1 + _CLAUSE]
        if BREAK in clause:
            clause = clause[: clause.index(BREAK)]
        kinds = asks(clause)
        if not clause:
            continue
        kind = (
            "judged"
            if not _DOUBTS.isdisjoint(kinds)
            else "literal"
            if "literal" in kinds or any(one in _NAMED for one in clause)
            else "free"
        )
        found[f"asks:clause-{kind}"] = _PUSH


def add(found: dict[str, float], title: list[str], body: list[str]) -> None:
    """Add the features of what `title` and `body` ask for to `found`."""
    for place, words in (("title", title), ("body", body)):
        kinds = asks(words)
        for kind in set(kinds):
            count = kinds.count(kind)
            found[f"asks:{place}-{kind}"] = _PUSH
            for more in (2, 4):
                if count >= more:
                    found[f"asks:{place}-{kind}-{more}"] = _PUSH
    if kinds:
        _together(found, kinds)
    _clauses(found, body)
    if not any(word in _NAMED for word in body):
        found["asks:nothing-named"] = _PUSH


def _together(found: dict[str, float], kinds: list[str]) -> None:
    """What the body asks for first and last, by twos, and how much of it is judgement."""
    found[f"asks:first-{kinds[0]}"] = found[f"asks:last-{kinds[-1]}"] = _PUSH
    several = sorted(set(kinds))
    for at, one in enumerate(several):
        for other in several[at + 1 :]:
            found[f"asks:{one}-and-{other}"] = _PUSH / 2
    judged = sum(kind in JUDGED for kind in kinds)
    found["asks:share"] = _PUSH * judged / len(kinds)
    if not judged:
        found["asks:nothing-judged"] = _PUSH


def doubtful(reading: Reading) -> list[str]:
    """The items of its lists and the sentences that ask for what cannot be looked up.

    Those first that ask for nothing else; few of each.
    """
    found = _doubtful(reading.listed) if len(reading.listed) >= _LEAST_PARTS else []
    if len(reading.listed) + len(reading.said) >= _LEAST_PARTS:
        found += _doubtful(reading.said)
    return found


def _doubtful(parts: Sequence[Part]) -> list[str]:
    found = []
    for text, words in parts:
        kinds = asks(words)
        doubts = sum(kind in _DOUBTS for kind in kinds)
        if doubts:
            found.append((-doubts / len(kinds), -doubts, text))
    found.sort(key=lambda one: one[:2])
    return [text for _, _, text in found[:_MOST_PARTS]]
