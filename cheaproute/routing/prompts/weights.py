"""The trained weights of main-loop prompts: odds of five answers, each 0 at its bound."""

from __future__ import annotations

import os

from cheaproute.routing.prompts.features import SLOTS
from cheaproute.routing.text import grams
from cheaproute.routing.text.lexicon_foreign import Memo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.routing.text.features import Features

FOLDER = os.path.dirname(__file__)
# says nothing by itself; needs more than Haiku; needs Opus; "that did not work"; a task begins
ANSWERS = ("none", "haiku", "opus", "struggle", "newtask")
_UNIT = 1000
_E = 2.718281828459045


class _Tables:
    """What was learnt: a row of numbers for each feature by name, the words' table by answer."""

    __slots__ = ("rows", "words")

    def __init__(self) -> None:
        with open(os.path.join(FOLDER, "weights.txt"), encoding="utf-8") as file:
            lines = dict(line.split(" ", 1) for line in file if line[0] != "#")
        # Few of them are asked for.
        self.rows = Memo(lambda name: tuple(map(int, lines.get(name, "").split())))
        with open(os.path.join(FOLDER, "grams.bin"), "rb") as binary:
            self.words = [binary.read(SLOTS) for _ in ANSWERS]


_read: dict[str, _Tables] = {}


def _tables() -> _Tables:
    """Those of the files; read once a process."""
    if FOLDER not in _read:
        _read[FOLDER] = _Tables()
    return _read[FOLDER]


def odds(found: Features, answers: Sequence[str] = ANSWERS) -> dict[str, float]:
    """The log-odds of each of `answers`, less its bound."""
    tables = _tables()
    each, zero = grams.value(found.slots), grams.ZERO * len(found.slots)
    step, bound = tables.rows["step:words"], tables.rows["bound:answer"]
    rows = zip(map(tables.rows.__getitem__, found.named), found.named.values(), strict=True)
    known = [(row, value) for row, value in rows if row]
    sums = {}
    for answer in answers:
        place = ANSWERS.index(answer)
        words = sum(map(tables.words[place].__getitem__, found.slots)) - zero if step[place] else 0
        total = each * words * step[place] / _UNIT
        total += sum([row[place] * value for row, value in known])
        sums[answer] = (total - bound[place]) / _UNIT
    return sums


def surely() -> float:
    """The odds of `opus`, less its bound, below which a prompt is no hard one for sure."""
    return _tables().rows["sure:opus"][0] / _UNIT


def share(logit: float) -> float:
    """The probability of a log-odds."""
    against: float = _E ** -max(-30.0, min(30.0, logit))
    return 1 / (1 + against)
