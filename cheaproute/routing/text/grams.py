"""Single words and pairs of words, as numbers: what no list of ours names, counted in training.

A word is a slot of a table (a hash), so that the table holds no text; paths, identifiers and
numbers are masked before, and a project's own vocabulary is not among them.
"""

from __future__ import annotations

import os
import zlib

from cheaproute.routing.text.lexicon_foreign import UNSPACED

FILE = os.path.join(os.path.dirname(__file__), "grams.bin")
SLOTS = 1 << 16
ZERO = 128  # a byte of the table less this is the weight
HEAD, TAIL = 70, 30  # words hashed at the two ends: there people say what they want
# What is read at a prompt's two ends at the most: it is what a decision takes its time for. In a
# script without blanks a word is a sentence.
HEAD_WORDS, TAIL_WORDS = 200, 70
HEAD_CHARS, TAIL_CHARS = 2000, 700
FENCE = "```"  # of code
_STRENGTH = 4.0
_MOST_PAIRS = 300  # of signs, where a word is a whole sentence
_CUT = "<cut>"

_tables: dict[str, bytes] = {}


def cut(prompt: str) -> str:
    """The two ends of a prompt that are read, "" where all of it is."""
    most, signs = HEAD_WORDS + TAIL_WORDS, HEAD_CHARS + TAIL_CHARS
    if len(prompt) <= signs and len(prompt.split(None, most)) <= most:
        return ""
    head, tail = prompt[:HEAD_CHARS], prompt[-TAIL_CHARS:]
    last, first = head.split(None, HEAD_WORDS)[HEAD_WORDS:], tail.rsplit(None, TAIL_WORDS)
    head = head[: len(head) - len(last[0])] if last else head
    tail = tail[len(first[0]) :] if len(first) > TAIL_WORDS else tail
    # A fence reaches no further than the end it stands in: what is asked last is no code.
    if head.count(FENCE) % 2:
        head = f"{head}\n{FENCE}"
    if tail.count(FENCE) % 2:
        tail = f"{FENCE}\n{tail}"
    return f"{head}\n{tail}"


def ends(words: list[str]) -> list[str]:
    """The words at the two ends of a long text."""
    return words if len(words) <= HEAD + TAIL else [*words[:HEAD], _CUT, *words[-TAIL:]]


def slots(title: list[str], body: list[str]) -> set[int]:
    """The slots of a task's words and pairs of words; title and body have slots of their own."""
    return {crc & (SLOTS - 1) for crc in [*_hashes("t", title), *_hashes("b", body)]}


def _hashes(place: str, words: list[str]) -> list[int]:
    """Those of `place` before each word, before each two with a blank, and before two signs."""
    try:
        coded = list(map(str.encode, words))
    except UnicodeEncodeError:  # half a character
        coded = [word.encode("utf-8", "surrogatepass") for word in words]
    crc = zlib.crc32
    start = crc(place.encode())
    single = [crc(word, start) for word in coded]
    # A hash goes on where that of the first word of two ended.
    found = [*single, *map(crc, [b" " + word for word in coded[1:]], single)]
    if max(words, default="") >= UNSPACED:
        pairs: list[str] = []
        for word in words:
            if word >= UNSPACED:
                room = min(len(word) - 1, _MOST_PAIRS - len(pairs))
                pairs += [word[at : at + 2] for at in range(room)]
        found += [crc(pair.encode("utf-8", "surrogatepass"), start) for pair in pairs]
    return found


def value(found: set[int]) -> float:
    """What one slot counts: a long text has many, and says no more for that."""
    return float(_STRENGTH / (len(found) or 1) ** 0.5)


def push(found: set[int]) -> tuple[float, float]:
    """What the slots add to both decisions, in steps of the table."""
    table = _table()
    each = value(found)
    haiku = sum(map(table.__getitem__, found)) - ZERO * len(found)
    sonnet = sum([table[SLOTS + slot] for slot in found]) - ZERO * len(found)
    return each * haiku, each * sonnet


def first(found: set[int]) -> float:
    """What they add to the first decision alone."""
    return value(found) * (sum(map(_table().__getitem__, found)) - ZERO * len(found))


def _table() -> bytes:
    if FILE not in _tables:
        with open(FILE, "rb") as file:
            _tables[FILE] = file.read()
    return _tables[FILE]
