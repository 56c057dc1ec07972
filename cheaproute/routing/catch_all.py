"""Where a model has to be named and the text is open: is it one of the guide's plain tasks?"""

from __future__ import annotations

from cheaproute.routing.text.asked import asks
from cheaproute.routing.text.cues import gather
from cheaproute.routing.text.lexicon import RETRIEVAL
from cheaproute.routing.text.reading import read

_SHORT = 300  # characters; a longer task has something to it, whether we see it or not
_LIKELY = 0.35
_PLAIN = RETRIEVAL | {"readonly", "thorough"}
# What is written to a pattern: "write" and "make" ask for no more beside one of these.
_BY_PATTERN = frozenset(("boilerplate", "status", "reformat", "summarise", "mechanical"))
_MORE = frozenset(("may", "verdict", "cause", "choice", "proof", "risk", "defect", "effect"))


def is_plain(text: str, beyond: float) -> bool:
    """Whether `text` is short and nothing in it asks for judgement or for new work.

    `beyond` is the chance that it needs more than Haiku: a likely one is not plain, unless it is
    for boilerplate.
    """
    if len(text) > _SHORT:
        return False
    reading = read("", text)
    cues = gather(reading, "")
    known = set(cues.words)
    asked = asks(reading.words)
    if not known:
        return text.isascii() and _MORE.isdisjoint(asked) and "neg" not in asked
    if beyond >= _LIKELY and "boilerplate" not in known:
        return False
    if known & _BY_PATTERN or cues.first in RETRIEVAL:
        known.discard("implement")
    return known <= _PLAIN and _MORE.isdisjoint(asked)
