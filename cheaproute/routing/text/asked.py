"""What the answer would have to hold: a place, a list, a quotation, or a verdict, a cause, a proof.

The same verbs ask for both ("list the files", "list the files that can be lost"), so it is not the
opening that tells them apart but what stands after it.
"""

from __future__ import annotations

from cheaproute.routing.text.asked_words import SIGNS, STEMS
from cheaproute.routing.text.reading import UNSPACED

# Of `asks`: these cannot be looked up. `cond` (when, after) and `literal` (line, name) can.
JUDGED = ("may", "verdict", "cause", "choice", "proof", "risk", "change")

_PUSH = 0.3  # what one of these features counts beside a cue
_LEAST_STEM, _LONGEST_ENDING = 4, 5
_KIND_OF = {word: kind for kind, words in STEMS.items() for word in words.split()}
_KIND_OF_SIGN = tuple((sign, kind) for kind, signs in SIGNS.items() for sign in signs.split())


def asks(words: list[str]) -> list[str]:
    """The kinds of answer that `words` ask for, in their order."""
    found = []
    for word in words:
        if word[0] >= UNSPACED:
            found += [kind for sign, kind in _KIND_OF_SIGN if sign in word]
        else:
            kind = _KIND_OF.get(word) or _by_stem(word)
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
