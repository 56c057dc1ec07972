"""Single words and pairs of words, as numbers: what no list of ours names, counted in training.

A word is a slot of a table (a hash), so that the table holds no text; paths, identifiers and
numbers are masked before, and a project's own vocabulary is not among them.
"""

from __future__ import annotations

import os
import zlib

from cheaproute.routing.text.reading import UNSPACED

FILE = os.path.join(os.path.dirname(__file__), "grams.bin")
SLOTS = 1 << 16
ZERO = 128  # a byte of the table less this is the weight
HEAD, TAIL = 70, 30  # words read at the two ends: there people say what they want
_STRENGTH = 4.0
_CUT = "<cut>"

_tables: dict[str, bytes] = {}


def ends(words: list[str]) -> list[str]:
    """The words at the two ends of a long text."""
    return words if len(words) <= HEAD + TAIL else [*words[:HEAD], _CUT, *words[-TAIL:]]


def slots(title: list[str], body: list[str]) -> set[int]:
    """The slots of a task's words and pairs of words; title and body have slots of their own."""
    grams: list[str] = []
    for place, words in (("t", title), ("b", body)):
        grams += [place + word for word in words]
        grams += [f"{place}{a} {b}" for a, b in zip(words, words[1:], strict=False)]  # noqa: RUF007
        for word in words:
            if word[0] >= UNSPACED:
                grams += [place + word[at : at + 2] for at in range(len(word) - 1)]
    crc = zlib.crc32
    try:
        return {crc(gram.encode()) & (SLOTS - 1) for gram in grams}
    except UnicodeEncodeError:  # half a character
        return {crc(gram.encode("utf-8", "surrogatepass")) & (SLOTS - 1) for gram in grams}


def value(found: set[int]) -> float:
    """What one slot counts: a long text has many, and says no more for that."""
    return float(_STRENGTH / (len(found) or 1) ** 0.5)


def push(found: set[int]) -> tuple[float, float]:
    """What the slots add to both decisions, in steps of the table."""
    table = _table()
    each = value(found)
    haiku = sum([table[slot] for slot in found]) - ZERO * len(found)
    sonnet = sum([table[SLOTS + slot] for slot in found]) - ZERO * len(found)
    return each * haiku, each * sonnet


def _table() -> bytes:
    if FILE not in _tables:
        with open(FILE, "rb") as file:
            _tables[FILE] = file.read()
    return _tables[FILE]
