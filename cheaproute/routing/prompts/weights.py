"""The trained weights of main-loop prompts: odds of five answers, each 0 at its bound."""

from __future__ import annotations

import os

from cheaproute.routing.prompts.features import SLOTS
from cheaproute.routing.text import grams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.routing.text.features import Features

FOLDER = os.path.dirname(__file__)
# says nothing by itself; needs more than Haiku; needs Opus; "that did not work"; a task begins
ANSWERS = ("none", "haiku", "opus", "struggle", "newtask")
_UNIT = 1000
_E = 2.718281828459045

_read: dict[str, tuple[dict[str, list[str]], bytes]] = {}


def _tables() -> tuple[dict[str, list[str]], bytes]:
    """Lines of weights.txt by name, and the words' table; read once a process."""
    if FOLDER not in _read:
        with open(os.path.join(FOLDER, "weights.txt"), encoding="utf-8") as file:
            lines = [line.split() for line in file if line[0] != "#"]
        with open(os.path.join(FOLDER, "grams.bin"), "rb") as binary:
            _read[FOLDER] = {line[0]: line[1:] for line in lines}, binary.read()
    return _read[FOLDER]


def odds(found: Features, answers: Sequence[str] = ANSWERS) -> dict[str, float]:
    """The log-odds of each of `answers`, less its bound."""
    named, table = _tables()
    each = grams.value(found.slots)
    sums = {}
    for answer in answers:
        place = ANSWERS.index(answer)
        words = sum(table[place * SLOTS + slot] - grams.ZERO for slot in found.slots)
        total = each * words * int(named["step:words"][place]) / _UNIT
        for name, value in found.named.items():
            if name in named:
                total += int(named[name][place]) * value
        sums[answer] = (total - int(named["bound:answer"][place])) / _UNIT
    return sums


def surely() -> float:
    """The odds of `opus`, less its bound, below which a prompt is no hard one for sure."""
    return int(_tables()[0]["sure:opus"][0]) / _UNIT


def share(logit: float) -> float:
    """The probability of a log-odds."""
    against: float = _E ** -max(-30.0, min(30.0, logit))
    return 1 / (1 + against)
