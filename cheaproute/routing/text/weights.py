"""The trained weights, and what they make of a task's features."""

from __future__ import annotations

import os

from cheaproute.routing.text import grams
from cheaproute.routing.text.asked import ALONE
from cheaproute.routing.text.features import Features

FILE = os.path.join(os.path.dirname(__file__), "weights.txt")
EVEN = 0.5
_E = 2.718281828459045
_UNIT = 1000  # weights are stored as integers of a thousandth
# Shares of unsafe tasks for which a threshold is kept, in thousandths.
LEVELS = (100, 50, 30, 20, 10, 5)

_read: dict[str, dict[str, tuple[int, int]]] = {}


def weights() -> dict[str, tuple[int, int]]:
    """Feature name to `(more than Haiku, more than Sonnet)`, thousandths; read once a process."""
    if FILE not in _read:
        with open(FILE, encoding="utf-8") as file:
            text = file.read()
        words = text[text.find("\n", text.rfind("\n#") + 1) :].split()
        pairs = zip(map(int, words[1::3]), map(int, words[2::3]), strict=True)
        _read[FILE] = dict(zip(words[::3], pairs, strict=True))
    return _read[FILE]


def needs(found: Features) -> tuple[float, float]:
    """The probability of needing more than Haiku, and of needing more than Sonnet if so.

    One item or sentence that needs more makes it even odds at the least.
    """
    beyond_haiku, beyond_sonnet = _alone(found)
    if beyond_haiku < EVEN and any(_part(part) > ALONE for part in found.parts()):
        beyond_haiku = EVEN
    return beyond_haiku, beyond_sonnet


def _part(found: Features) -> float:
    """The probability that a part needs more than Haiku."""
    get, nothing = weights().get, (0, 0)
    named = sum([get(name, nothing)[0] * value for name, value in found.named.items()])
    step = get("step:words", nothing)[0]
    return _share((named + grams.first(found.slots) * step / _UNIT) / _UNIT)


def _alone(found: Features) -> tuple[float, float]:
    """The same of the text as a whole."""
    beyond_haiku = beyond_sonnet = 0.0
    known = weights()
    for name, value in found.named.items():
        if name in known:
            haiku, sonnet = known[name]
            beyond_haiku += haiku * value
            beyond_sonnet += sonnet * value
    words = _words(found)
    return _share((beyond_haiku + words[0]) / _UNIT), _share((beyond_sonnet + words[1]) / _UNIT)


def bounds(max_unsafe: float, kind: str) -> tuple[float, float]:
    """Below the first a task is retrieval for sure, above the second it is not; in between, open.

    Args:
        max_unsafe: the share of tasks needing more than Haiku that may go there; the strictest
            level that was calibrated and is not above it holds. 0 is never.
        kind: `short`, `typed` or `bare`, see `decide`.
    """
    for level in LEVELS:
        pair = weights().get(f"{kind}:{level}")
        if pair is not None and level <= max_unsafe * 1000:
            return _share(pair[0] / _UNIT), _share(pair[1] / _UNIT)
    return 0.0, _share(pair[1] / _UNIT) if pair is not None else 1.0


def _words(found: Features) -> tuple[float, float]:
    """What the single words push, in thousandths."""
    step = weights().get("step:words") or (0, 0)
    pushes = grams.push(found.slots)
    return pushes[0] * step[0] / _UNIT, pushes[1] * step[1] / _UNIT


def contributions(found: Features) -> list[tuple[str, float, float]]:
    """`(feature, push beyond Haiku, push beyond Sonnet)` in log-odds, the strongest first."""
    known = weights()
    pushes = [
        (name, known[name][0] * value / _UNIT, known[name][1] * value / _UNIT)
        for name, value in found.named.items()
        if name in known
    ]
    words = _words(found)
    pushes.append(("is:words", words[0] / _UNIT, words[1] / _UNIT))
    return sorted(pushes, key=lambda push: (-abs(push[1]), push[0]))


def _share(logit: float) -> float:
    # Without `math`, which hooks do not load.
    against: float = _E ** -max(-30.0, min(30.0, logit))
    return 1 / (1 + against)
