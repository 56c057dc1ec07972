"""What a list says, read as a whole: numbers of any base, letters one by one, pieces (pure)."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.wordlists import bip39

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Numbers that can be letters, between them signs or the same call.
_NUMBERS = re.compile(
    r"(?<![\w.])(?:0[oOdD])?\d{2,3}"
    r"(?:[\s,;|/_&'\"+\\()\[\]{}<>@%#=.-]{1,24}+(?:0[oOdD])?\d{2,3}){9,}(?![\w.])"
)
_CALLED = re.compile(
    r"(?<![\w.])(?P<call>[A-Za-z_.]{1,24}\(?(?:&[Hh]|0[xX]|\$|')?)[0-9a-fA-F]{2,3}"
    r"(?:[^\w\n]{0,8}\s{0,24}(?P=call)[0-9a-fA-F]{2,3}){7,}"
)
_NUMBER = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<=&[Hh])|(?<=0[oOdDxX]))([0-9a-fA-F]{2,3})(?![0-9A-Za-z])"
)
_RUN = re.compile(r"(?<![\w.])\d{36,4000}(?![\w.])")  # three digits each
_THREE = re.compile(r"\d{3}")
# A place in a list, and what stands there: a number, a letter in quotes, one that is all of a line.
_AT = (
    r"(?:[\[\"'(#{]{0,3}\d{1,4}[\]\"')]{0,2}[ \t]{0,3}"
    r"(?:(?:=>|[:=.)|>,\t-])[ \t]{0,4}|[ \t]{1,4}))"
)
_MARK = r"^[ \t]{0,24}(?:[-*+>|\u2022][ \t]{1,4})?"
_LAST = r"^[^\n]{1,60}(?:[\"'](?=\S[\"'])|[ \t])([\w+/=-])[\"']?[\]}),]{0,3}[ \t]*(?:\n|\Z)"
_ITEMS = tuple(
    (re.compile(rf"(?:{item}){{10,}}", re.MULTILINE), re.compile(item, re.MULTILINE), number)
    for item, number in (
        (rf"[ \t|,{{]{{0,24}}{_AT}(\d{{2,3}})[ \t]{{0,4}}(?:[,;|}}][ \t]{{0,4}}\n?|\n|\Z)", True),
        (
            rf"(?:[-*+][ \t]{{1,4}})?{_AT}?[\"'`]([^\s\"'`])[\"'`][ \t]{{0,4}}[,;+.]?\s{{0,24}}",
            False,
        ),
        (rf"{_MARK}{_AT}?([^\s\"'`|])[ \t]{{0,8}}[,;|]?[ \t]{{0,8}}(?:\n|\Z)", False),
        (_LAST, False),
    )
)
_CSS = r"\\(?:0000[2-7][0-9a-fA-F]|0{0,3}[2-7][0-9a-fA-F](?![0-9a-fA-F])) ?"
_ESCAPED = re.compile(rf"(?:[\w+/=-]{{0,40}}+{_CSS}){{4,}}[\w+/=-]{{0,40}}")
_ESCAPE = re.compile(r"\\0{0,4}([2-7][0-9a-fA-F]) ?")
_ONE = r"([\w+/=][\w+/=.~@:&?-]{0,39})"
_JOIN = r"[ \t]{0,24}(?:\.\.|\|\||[,+.&~;\\])?\s{0,24}(?:[+.&][ \t]{0,4})?"
_PIECES = re.compile(rf"(?<![\w\"'`])([\"'`]){_ONE}\1(?:{_JOIN}\1{_ONE}\1(?![ \t]?:)){{1,12}}")
_PIECE = re.compile(rf"[\"'`]{_ONE}[\"'`]")
_SURE = 5.0  # bits, of all
_WORD = 6  # letters of a piece that says by itself whether it is one
_DIGITS = 32
_SHORT = 4  # letters of an abbreviation
_BETWEEN = re.compile(r"[ ,\-\n]+")
_AGAIN = 10  # letters that no draw has twice
_UP = 0.95  # of a draw's steps half go up
_SHOWN = frozenset((9, 10, 13, *range(32, 127)))


def of(text: str) -> Iterator[str]:
    """Every text that a list in `text` stands for."""
    for pattern in (_NUMBERS, _CALLED):
        for found in pattern.finditer(text):
            yield from _read(_NUMBER.findall(found[0]))
    for found in _RUN.finditer(text):
        yield from _read(_THREE.findall(found[0]))
    for items, item, numbers in _ITEMS:
        for found in items.finditer(text):
            said = item.findall(found[0])
            if not (ordered(said) or _again("".join(said))):
                yield from _read(said) if numbers else ("".join(said),)
    if "\\" in text:
        for found in _ESCAPED.finditer(text):
            for base in (8, 16):
                yield _ESCAPE.sub(partial(_letter, base), found[0])


def pieces(text: str) -> Iterator[str]:
    """What each list of pieces in quotes in `text` is together, if that is at random."""
    for found in _PIECES.finditer(text):
        parts = _PIECE.findall(found[0])
        said = "".join(parts)
        if not any(map(str.isdigit, said)):
            continue
        if looks.hexadecimal(said):
            if len(said) >= _DIGITS and not said.isdigit():
                yield said
        elif looks.random(said, 20) and _cut(parts):
            yield said


def _cut(parts: list[str]) -> bool:
    """Whether `parts` are a draw's rather than words."""
    bits = [(looks.surprise(one), len(one)) for one in parts]
    sizes = {size for _, size in bits[:-1]}
    if max(sizes) <= _SHORT and len(sizes) > 2:
        return False  # a list of abbreviations: what is cut has pieces of a size
    words = any(sure <= 0 for sure, size in bits if size >= _WORD)
    return not words and sum(sure for sure, _ in bits) > _SURE


def worded(text: str, said: str) -> bool:
    """Whether `text`, pieces of one length that are `said` together, has words for pieces."""
    if not any(map(str.isalpha, said)) or looks.hexadecimal(said):
        return False
    parts = [part for part in _BETWEEN.split(text) if part]
    known = [part for part in parts if len(part) > _SHORT and part.lower() in bip39.WORDS]
    if known and sum(part in known or looks.surprise(part) <= 0 for part in parts) * 2 >= len(
        parts
    ):
        return True
    return looks.surprise(text) <= 0


def ordered(said: list[str]) -> bool:
    """Whether what is listed goes up, as tables of letters and of their numbers do."""
    up = sum(one <= other for one, other in pairwise(said))
    return len(said) > 8 and up >= _UP * (len(said) - 1)


def _again(said: str) -> bool:
    """Whether a part of `said` stands in it twice, as in the rows of a table."""
    steps = range(0, len(said) - 2 * _AGAIN, _AGAIN)
    return any(said.find(said[n : n + _AGAIN], n + 1) > 0 for n in steps)


def _letter(base: int, found: re.Match[str]) -> str:
    try:
        return chr(int(found[1], base))
    except ValueError:
        return found[0]


def _read(numbers: list[str]) -> Iterator[str]:
    """The texts that `numbers` are the letters of, in whatever base."""
    if ordered(numbers):
        return
    for base in (8, 10, 16):
        try:
            codes = [int(number, base) for number in numbers]
        except ValueError:
            continue
        if sum(map(_SHOWN.__contains__, codes)) > 0.9 * len(codes):
            yield "".join(chr(code) if code in _SHOWN else "\n" for code in codes)
