"""A text that a published pattern matches, made at random: the generator knows no rule of ours."""

from __future__ import annotations

import random
import re
import string
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_LETTERS = string.ascii_letters + string.digits
_ANY = _LETTERS + "_-"
_CLASSES = {
    op.CATEGORY_DIGIT: string.digits,
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: _LETTERS + "_",
    op.CATEGORY_NOT_SPACE: _ANY,
    op.CATEGORY_NOT_WORD: " ",
    op.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
}
# What people put where a pattern allows up to twenty or fifty of anything.
_BEFORE = ("", "", "my_", "prod.", "ci-")
_BESIDE = ("", "_token", "_key", "_api_key", "_secret", " ")


def compiled(pattern: str) -> Any:
    """The tree of a pattern in Go's notation."""
    for go, ours in (
        ("\\z", "\\Z"),
        ("[[:alnum:]]", "[a-zA-Z0-9]"),
        ("(?-i)", ""),
        ("(?P<", "(?P<"),
    ):
        pattern = pattern.replace(go, ours)
    flags = re.IGNORECASE if pattern.startswith("(?i)") else 0
    return parser.parse(re.sub(r"\(\?[a-z]\)", "", pattern), flags)


def sample(tree: Any, rng: random.Random) -> str:
    """A text of the tree."""
    return "".join(_piece(kind, value, rng) for kind, value in tree)


def _piece(kind: Any, value: Any, rng: random.Random) -> str:
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.NOT_LITERAL:
        return rng.choice([sign for sign in _ANY if ord(sign) != value])
    if kind is op.ANY:
        return "."  # in these patterns an unescaped dot of a host's name
    if kind is op.IN:
        return rng.choice(_members(value))
    if kind is op.BRANCH:
        return sample(rng.choice(value[1]), rng)
    if kind is op.SUBPATTERN:
        return sample(value[3], rng)
    if kind is op.ATOMIC_GROUP:
        return sample(value, rng)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = value
        if least == 0 and len(inner) == 1 and inner[0][0] is op.IN:
            signs = _members(inner[0][1])
            if {'"', "'"} & set(signs) and len(signs) < 8:  # quotes and blanks around a value
                return rng.choice(("", "", '"', " "))
        if least == 0 and int(most) >= 20:
            beside = _BEFORE if kind is op.MIN_REPEAT else _BESIDE
            return rng.choice(beside) if len(inner) == 1 and inner[0][0] is op.IN else ""
        most = min(int(most), max(least, 1) * 2 if least else 3)
        return "".join(sample(inner, rng) for _ in range(rng.randint(least, most)))
    return ""  # places: \\b, ^, $


def _members(value: Any) -> list[str]:
    signs: set[str] = set()
    without = False
    for kind, what in value:
        if kind is op.NEGATE:
            without = True
        elif kind is op.LITERAL:
            signs.add(chr(what))
        elif kind is op.RANGE:
            signs.update(map(chr, range(what[0], what[1] + 1)))
        elif kind is op.CATEGORY:
            signs.update(_CLASSES[what])
    if without:
        return sorted(set(_ANY) - signs) or [" "]
    return sorted(sign for sign in signs if sign.isprintable()) or [" "]
