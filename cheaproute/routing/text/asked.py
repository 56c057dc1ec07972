"""What the answer would have to hold: a place, a list, a quotation, or a verdict, a cause, a proof.

The same verbs ask for both ("list the files", "list the files that can be lost"), so it is not the
opening that tells them apart but what stands after it.
"""

from __future__ import annotations

from cheaproute.routing.text.asked_words import SIGNS, STEMS
from cheaproute.routing.text.lexicon_foreign import UNSPACED, Memo, Signs, by_word
from cheaproute.routing.text.reading import BREAK, MASKED, enumerated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cheaproute.routing.text.reading import Reading, Span

# Of `asks`: these cannot be looked up. `cond` (when, after) and `literal` (line, name) can.
JUDGED = ("may", "verdict", "cause", "choice", "proof", "risk", "change", "defect", "effect")

# A list is as hard as its hardest item, a paragraph as its hardest sentence: ten plain ones, and
# what stands around them, would outvote an eleventh that asks for a verdict. One that by itself is
# so likely to need more is enough.
ALONE = 0.6
_LEAST_PARTS = 2  # fewer are the text itself
_MOST_PARTS = 2  # of each kind are judged by themselves, so that a decision stays quick
_DOUBTS = frozenset((*JUDGED, "neg"))

_PUSH = 0.3  # what one of these features counts beside a cue
_CLAUSE = 6  # words of a clause that are looked at
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
_KIND_OF = by_word(STEMS)
# What a longer word begins with; to a shorter one no ending can be added.
_HEADS = {word[:_LEAST_STEM] for word in _KIND_OF}
_SIGNS = Signs(SIGNS)


def asks(words: Iterable[str]) -> list[str]:
    """The kinds of answer that `words` ask for, in their order."""
    return [kind for kinds in map(_kinds.__getitem__, words) if kinds for kind in kinds]


def _of(word: str) -> list[str]:
    """The kinds of answer that one word asks for; several where it is a whole sentence."""
    if word >= UNSPACED:
        return [kind for _, kind in _SIGNS.inside(word)]
    kind = _KIND_OF.get(word)
    if not kind and word[:_LEAST_STEM] in _HEADS:
        kind = _by_stem(word)
    return [kind] if kind else []


_kinds = Memo(_of)
_doubts = Memo(lambda word: not _DOUBTS.isdisjoint(_kinds[word]))


def _by_stem(word: str) -> str:
    length = len(word)
    for end in range(length - 1, max(_LEAST_STEM, length - _LONGEST_ENDING) - 1, -1):
        kind = _KIND_OF.get(word[:end])
        if kind:
            return kind
    return ""


def _clauses(found: dict[str, float], words: Sequence[str]) -> None:
    """What is said of a thing asked for: what one can see in it, or what has to be judged."""
    for at in [at for at, word in enumerate(words) if word in _RELATIVES]:
        clause = words[at + 1 : at + 1 + _CLAUSE]
        if BREAK in clause:
            clause = clause[: clause.index(BREAK)]
        if not clause:
            continue
        found_kinds = asks(clause)
        kind = (
            "judged"
            if not _DOUBTS.isdisjoint(found_kinds)
            else "literal"
            if "literal" in found_kinds or not MASKED.isdisjoint(clause)
            else "free"
        )
        found[f"asks:clause-{kind}"] = _PUSH


def add(found: dict[str, float], title: Sequence[str], body: Sequence[str]) -> None:
    """Add the features of what `title` and `body` ask for to `found`."""
    for place, words in (("title", title), ("body", body)):
        asked = asks(words)
        for kind in set(asked):
            count = asked.count(kind)
            found[f"asks:{place}-{kind}"] = _PUSH
            for more in (2, 4):
                if count >= more:
                    found[f"asks:{place}-{kind}-{more}"] = _PUSH
    if asked:
        _together(found, asked)
    _clauses(found, body)
    if MASKED.isdisjoint(body):
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


def doubtful(reading: Reading) -> list[Span]:
    """The items of its lists and the sentences that ask for what cannot be looked up.

    Those first that ask for nothing else; few of each.
    """
    if not _has_parts(reading):
        return []
    doubts = {word for word in set(reading.words) if _doubts[word]}
    if not doubts:
        return []
    found = []
    if len(reading.listed) >= _LEAST_PARTS:
        found += _doubtful(reading.words, reading.listed, doubts)
    said = [
        span
        for sentence in reading.said
        if not doubts.isdisjoint(reading.words[sentence[0] : sentence[1]])
        for span in enumerated(sentence)
    ]
    return found + _doubtful(reading.words, said, doubts)


def _has_parts(reading: Reading) -> bool:
    """Whether it has several items and sentences, or one that enumerates several things."""
    count = len(reading.listed)
    for sentence in reading.said:
        if count >= _LEAST_PARTS:
            break
        count += len(enumerated(sentence))
    return count >= _LEAST_PARTS


def _doubtful(words: Sequence[str], spans: Sequence[Span], doubts: set[str]) -> list[Span]:
    """Those of `spans` that hold one of the words in `doubts`."""
    found = []
    for span in spans:
        piece = words[span[0] : span[1]]
        if doubts.isdisjoint(piece):
            continue
        asked = asks(piece)
        count = sum(kind in _DOUBTS for kind in asked)
        found.append((-count / len(asked), -count, span))
    found.sort(key=lambda one: one[:2])
    return [span for _, _, span in found[:_MOST_PARTS]]
