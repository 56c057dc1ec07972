"""A draw that nothing in its file explains is a credential, whatever line it stands in (pure).

Explained is what its label, its prefix or its place call something else, and what a file has
many of in one form: ids and hashes come in numbers, a credential by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from cheaproute.delegate.secrets import near, words
from cheaproute.delegate.secrets.rules import looks, tokens
from cheaproute.delegate.secrets.whole import alone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.delegate.secrets.rules import blocks


KIND = "a key that nothing explains"
_TOKEN = re.compile(
    r"(?<![\w+/~%\-@&.])(?=[\w+/~\-]*[0-9])(?=[\w+/~\-]*[A-Za-z])[\w+/~\-]{20,90}={0,2}"
    r"(?![\w+/~%\-@&(\[{]|\.\w)",
    re.ASCII,
)
_SURE = 10.0  # bits
_FEW = 3  # of one form that may still be credentials
_ID = 24  # letters: shorter ones are ids more often than not, where no name stands before
_MANY = 8  # of one sort of letters, whatever their length
_OFTEN = 200  # lines between two looks at the clock
_BLOB = 64  # letters: what is longer is a picture, a message, a certificate
_MAP = '"mappings"'  # of sources
_LABEL = re.compile(r"(?P<name>[\w.\-@ ]{1,60}?)[\"'`]?\s{0,3}(?:=>|[:=>])\s{0,3}[\"'`\[(<]{0,3}\Z")
_WORD = re.compile(r"(?P<name>[A-Za-z][\w.\-]{0,40})[ \t]{1,4}[\"'`(<\[]{0,2}\Z")
_BORING = frozenset(
    "payload body blob data png jpeg svg content contents nonce signature sig thumbnail image "
    "avatar public pubkey cert certificate cid script object node member cluster instance "
    "source topic offset chars alphabet letters charset package mappings "
    "verification".split()
)
_PREFIX = re.compile(r"[A-Za-z]{1,8}\d{0,3}[_\-.]")
# Of a path or a host the rest is words; a file has its extension.
_PLACE = re.compile(r"[/~]\w|(?:.*/)?[A-Za-z]{3,}/|.*/[a-z\-_]{3,}(?:/|$)")
_PIECE = re.compile(r"[A-Za-z0-9]{24,}")
_ORDER = re.compile(r"abcdef|klmnop|0123456|1234567", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_RECORD = re.compile(
    r"\b(?:C?DNSKEY|RRSIG|TLSA|SSHFP|OPENPGPKEY|DKIM1?|CERT)\b|\|1\|"
)  # of DNS, a known host
_IDS = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24,}|\d{8,}|"
    r"(?:19|20)\d\d-?[01]\d-?[0-3]\d"
)
_PUBLIC = re.compile(
    r"LS0tLS1CRUdJTiBDRVJU|AAAA[BCE][23]N|MI[IGH]|iVBOR|R0lGOD|/9j/|PHN2Zy|Qm[1-9A-HJ-NP-Za-km-z]{44}$|baf[a-z2-7]{50}|"
    r"0[0-7][0-9A-HJKMNP-TV-Z]{24}$|_Z|_R|\?\?|\$s|[A-Z]{14}-[A-Z]{10}-[A-Z]$|[A-Z]{2}\d\d[A-Z0-9]{11,30}$|S[1-9][0-9A-F]+$|"
    r"(?i:sha\d{1,3}|md5|blake\w{1,3}|h1|nonce|sri|urn|uuid|v\d+)[-:=_]"
)


class _Draw(NamedTuple):
    label: str
    size: int
    sort: str


def find(text: str, clock: blocks.Clock) -> str:
    """The kind of a draw in `text` that nothing explains, "" if all are.

    Raises:
        blocks.TooSlow: there was no time.
    """
    drawn: dict[str, _Draw] = {}
    for number, line in enumerate(alone.unarmoured(text).split("\n")):
        if number % _OFTEN == 0:
            clock.check()
        if len(line) >= 20:
            drawn.update(_draws(line.partition(_MAP)[0]))
    labels, sizes, sorts = Counter[str](), Counter[int](), Counter[str]()
    for draw in drawn.values():
        labels[draw.label] += bool(draw.label)
        sizes[draw.size] += 1
        sorts[draw.sort] += 1
    return KIND if any(_alone(draw, labels, sizes, sorts) for draw in drawn.values()) else ""


def _alone(draw: _Draw, labels: Counter[str], sizes: Counter[int], sorts: Counter[str]) -> bool:
    return max(labels[draw.label], sizes[draw.size]) <= _FEW and sorts[draw.sort] <= _MANY


def _draws(line: str) -> Iterator[tuple[str, _Draw]]:
    """What in `line` is a draw that no label, prefix or place explains."""
    for token in _TOKEN.finditer(line):
        value = token[0].strip("-_/~=")
        if not 20 <= len(value) <= _BLOB or _PLACE.match(value) or _ORDER.search(value):
            continue
        if _PUBLIC.match(token[0]) or _RECORD.search(line):
            continue
        if not _sure(_IDS.sub("", value)) or len(line.strip()) == len(token[0]):
            continue
        label = _label(line, token.start())
        if label is None or (not label and len(value) < _ID):
            continue
        prefix = _PREFIX.match(value)
        if prefix and tokens.named(prefix[0]):
            continue
        yield value, _Draw(_DIGITS.sub("0", label), len(value), _sort(value))


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


def _label(line: str, place: int) -> str | None:
    """What stands before `place` and names it, "" if nothing does; None if it explains it."""
    before = line[max(0, place - 64) : place]
    if before.endswith("base64,"):
        return None
    found = _LABEL.search(before) or _WORD.search(before)
    if found is None:
        return ""
    name = found["name"].strip()
    parts = words.split(name)
    if parts and not (near.HARMLESS | _BORING).isdisjoint(parts[-1:]) and not words.secret(name):
        return None
    return "" if looks.random(name, 12) else name.lower()
