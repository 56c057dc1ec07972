"""A run at random that nothing in its file explains is a credential, whatever it is called (pure).

Explained is what its name, its form or its place call something else (`explained`), and what a
file has many of in one form: ids and hashes come in numbers, a credential by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.whole import explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cheaproute.delegate.secrets.rules import blocks

KIND = "a key that nothing explains"
_DIGITS = re.compile(
    r"(?<![0-9A-Za-z])(?<!\d\.)(?:0[xX])?(?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|"
    r"[0-9a-fA-F]{32,})(?![0-9A-Za-z])"
)
_LETTERS = re.compile(
    r"(?<![\w+/~%\-@&])(?=[\w+/~\-]*[0-9])(?=[\w+/~\-]*[A-Za-z])[\w+/~\-]{20,90}={0,2}"
    r"(?![\w+/~%\-@&(\[{])",
    re.ASCII,
)
_SEGMENT = re.compile(r"(?<=/)[\w\-~]{20,90}(?![\w\-~.%+])", re.ASCII)
# A line that is about the next one.
_OPENS = re.compile(r"(?:[:=(\[{]|\A\W*\w{1,40})[\s\"'`*]*\Z")
_PATH = re.compile(
    r"(?:\w{2,12}://[\w.:@\-]+|(?:\A|(?<=[\s\"'`(=]))\.{0,2}/[a-z][a-z_.\-]{2,})/(?:[\w.\-]{1,40}/){0,6}\Z"
)
_ALONE = re.compile(r"[ \t]{0,40}(?:[-*>$] )?([\w+/.=~%-]{24,400})[ \t\r]{0,40}", re.ASCII)
_NO_KEY = re.compile(
    r"[ACDEFGHIKLMNPQRSTVWXY*-]+$|S\d[0-9A-Fa-f]+$|"  # proteins, a ROM's image
    r"(?i:sha\d{1,3}|md5|blake\w{1,3}|h1|v\d|urn)[-:=_]|[\w.\-]{1,60}=[^=]"
)
_SURE, _SURE_ALONE = 10.0, 8.0  # bits
_ADDRESS = ("0x", 40)  # digits of an account of a chain: its key has more
_WRAPPED = 60  # letters of a line of many
_FEW, _MANY = 4, 8  # of one form or name; of one sort of letters, whatever their length
_UUID, _FEW_UUIDS = "-", 2
_OUTLIERS, _EACH = 3, 100  # so few are none of the many, if each has so many
_OFTEN = 200  # lines, or draws, between two looks at the clock
_NEAR = 200  # letters before a draw in which a record says what it is
_BLOB = 64  # letters: what is longer is a picture, a message, a certificate
_MAP = '"mappings"'  # of sources
# Of a path or a host the rest is words; a file has its extension.
_PLACE = re.compile(r"[/~]\w|(?:.*/)?[A-Za-z]{3,}/|.*/[a-z\-_]{3,}(?:/|$)")
_PIECE = re.compile(r"[A-Za-z0-9]{24,}")
_ORDER = re.compile(r"abcdef|klmnop|0123456|1234567|(.)\1{5}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_IDS = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24,}|\d{8,}|"
    r"(?:19|20)\d\d-?[01]\d-?[0-3]\d"
)


class _Draw(NamedTuple):
    label: str | None  # None: explained
    form: str
    sort: str  # "": there is but one length of it


def find(texts: Iterable[str], clock: blocks.Clock) -> str:
    """The kind of a draw in `texts`, of one file, that nothing explains, "" if all are.

    Raises:
        blocks.TooSlow: there was no time.
    """
    drawn: dict[str, _Draw] = {}
    for text in texts:
        lines = explained.unarmoured(text).split("\n")
        widths = [len(line) if _ALONE.fullmatch(line) else 0 for line in lines]
        above = ""
        for number, line in enumerate(lines):
            if number % _OFTEN == 0:
                clock.check()
            if widths[number] and _alone(line) and not _wrapped(lines, widths, number):
                return "a key alone on a line"
            for value, draw in _draws(line.partition(_MAP)[0], above):
                if draw.label is None or value not in drawn:
                    drawn[value] = draw
            if line.strip():
                above = line[-60:] + "\n" if _OPENS.search(line) else ""
    return KIND if _unexplained(drawn) else ""


def _unexplained(drawn: dict[str, _Draw]) -> bool:
    left = [draw for draw in drawn.values() if draw.label is not None]
    labels = Counter(draw.label or "" for draw in left)
    unnamed = Counter(draw.form for draw in left)
    forms = Counter(draw.form for draw in drawn.values())
    sorts = Counter(draw.sort for draw in drawn.values())
    return any(
        _rare(draw, forms[draw.form], unnamed[draw.form], sorts[draw.sort])
        for draw in left
        if not draw.label or labels[draw.label] <= _FEW
    )


def _rare(draw: _Draw, many: int, unnamed: int, of_sort: int) -> bool:
    """Whether too few have the form of `draw` to explain it.

    `many` have it, `unnamed` of them without an explanation of their own, `of_sort` its letters.
    """
    if draw.sort:
        return many <= _FEW and of_sort <= _MANY
    if draw.form == _UUID:
        return many <= _FEW_UUIDS
    return many <= _FEW or unnamed <= min(_OUTLIERS, many // _EACH)


def _draws(line: str, above: str) -> Iterator[tuple[str, _Draw]]:
    """What in `line`, below `above`, is at random."""
    size = len(line.strip())
    for found in _DIGITS.finditer(line):
        digits = found["uuid"]
        if not digits.isdigit() and looks.entropy(digits) > 3.0 and not _ORDER.search(digits):
            behind = line[found.end() : found.end() + 120]
            before = (above + line[max(0, found.start() - 80) : found.start()])[-100:]
            known = (found[0][:2], len(digits)) == _ADDRESS or _recorded(line, found.start())
            name = None if known else _name(before, digits, behind)
            yield (
                digits.lower(),
                _Draw(name, _UUID if "-" in digits else f"{len(digits)} digits", ""),
            )
    for pattern in (_LETTERS, _SEGMENT):
        for found in pattern.finditer(line):
            value = found[0].strip("-_/~=")
            if not 20 <= len(value) <= _BLOB or _ORDER.search(value):
                continue
            before = line[max(0, found.start() - 80) : found.start()]
            if not _PATH.search(before) if pattern is _SEGMENT else _PLACE.match(value):
                continue
            if not _sure(_IDS.sub("", value)) or size == len(found[0]):
                continue
            sort = _sort(value)
            said = explained.form(found[0]) or _recorded(line, found.start())
            name = None if said else _name(before, found[0], line[found.end() : found.end() + 120])
            yield value, _Draw(name, f"{len(value)}", sort)


def _recorded(line: str, place: int) -> bool:
    return explained.record(line[max(0, place - _NEAR) : place])


def _name(before: str, value: str, behind: str) -> str | None:
    name = explained.label(before, value)
    if name is None or explained.place(before.rpartition("\n")[2], behind):
        return None
    return _NUMBER.sub("0", name)


def _sure(value: str) -> bool:
    """Whether `value` is drawn, of all kinds of letters or in one long piece."""
    if len(value) < 20 or not looks.random(value, 20, _SURE):
        return False
    kinds = all(any(map(kind, value)) for kind in (str.isdigit, str.isupper, str.islower))
    if not kinds and not _PIECE.search(value):
        return False
    return sum(map(str.isdigit, value)) > 1 or looks.surprise(value) > 2.5 * _SURE


def _sort(value: str) -> str:
    if "+" in value or "/" in value:
        return "/"
    if "-" in value or "_" in value:
        return "-"
    return "A" if value.isupper() else "a" if value.islower() else "Aa"


def _alone(line: str) -> bool:
    """Whether all of `line` is a draw: no name beside it says anything."""
    value = line.strip(" \t\r-*>$")
    if _NO_KEY.match(value) or _ORDER.search(value) or not looks.random(value, 20, _SURE_ALONE):
        return False
    return not looks.code(value)


def _wrapped(lines: list[str], widths: list[int], number: int) -> bool:
    """Whether a line is one of many of a certificate, an attachment."""
    before = widths[number - 1] if number else 0
    after = widths[number + 1] if number + 1 < len(widths) else 0
    around = "".join(lines[max(0, number - 2) : number + 3])
    signs = "+" in around or "/" in around or "bh=" in around or " b=" in around
    return max(before, after) >= _WRAPPED and signs
