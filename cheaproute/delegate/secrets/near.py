"""What may open something beside a word that speaks of access: in doubt it does (pure).

The other rules know a notation each, this one none: how much a value has to look like a secret
depends on how much the word promises and how closely the two stand.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.delegate.secrets.rules.blocks import Piece

    _Word = tuple[int, int, bool]
    _Value = tuple[int, int, int, int]

KIND = "a value beside a word for a secret"
# Strong wherever they stand, glued to others or not.
_STEMS = (
    *words.STEMS,
    *("passw", "passphr", "passcod", "zugangs", "requirepass", "masterauth"),
    *("passord", "\u0e23\u0e2b\u0e31\u0e2a"),
    *("kata sandi", "mat khau", "mot de passe", "mots de passe"),
)
# Strong as a whole word, where its value may follow.
_STRONG = {
    **dict.fromkeys(("pwd", "pw", "mdp", "clave", "psk"), re.compile(r"[\s\"'`:=>|)]|\Z")),
    "pass": re.compile(r"[\"']?\s?[:=]"),
}
_WEAK = (
    "pass pin puk otp totp mfa key token auth authorization login logon signin cred cookie "
    "session sid bearer jwt salt seed wallet recovery backup code license licence serial chave "
    "cle schluessel schlussel acceso accesso webhook vault unseal identified ticket community"
).split()
_FAR, _BEFORE = 120, 60  # letters between a word and what it may speak of
_ENDED = frozenset(";{}=")  # what stands before these is over
_MOST = 100  # letters of what is not joined to a word
_RUN = re.compile(r"[^\s\"'`,;|<>(){}\[\]]{6,}")
_VALUE = re.compile(r"(?:[^=:/&]|&(?![\w\-]{1,40}=)){6,300}")
# The rest of a word's name, then a sign or a word that says that it comes now.
_JOINED = re.compile(
    r"[\w.$\-]{0,30}(?:[ \t]?[\"'`]|[ \t]|[^\n]{0,60}?(?:[:=>|,]|->|[ \t]{2}|\t|[ \t](?:is|are|was|"
    r"ist|lautet|war|sei|est|es|era|e|jest|byl|on|ar|er|to)[ \t]))[\s\"'`(<\[{*=>]{0,12}"
)
# A line that is hardly more than a word, or the name of a section; what is below is of it.
_HEADING = re.compile(r"(?=[^\n]{0,60}\Z)[^\w\n]*(?:\w{1,20}[^\w\n]+){0,4}\w{0,40}[^\w\n]*")
_SECTION, _IN_SECTION = re.compile(r"[ \t]{0,8}\[{1,2}[^\[\]\n]{1,60}\]{1,2}[ \t]{0,8}"), 60
# What stands directly before a value and says what it is.
_LABEL = re.compile(
    r"(?P<name>[\w.\-]{1,40})(?:(?P<sign>[\"']\s{0,3}:|\s{0,3}=)|:)\s{0,3}[\"'`]?\Z|base64,\Z"
)
HARMLESS = frozenset(
    "id ids hash sha md sum checksum integrity etag digest fingerprint uuid guid trace span "
    "request rev revision version url uri path file host hostname time date timestamp size commit "
    "ref image tag cursor mail email name user username mappings class style src href resolved "
    "h address addr ip arn region type kind label title location model browser agent".split()
)
_DIGEST = re.compile(r"(?:sha\d{1,3}|md5|h1)[-:=]|AAAA[BCE]3", re.IGNORECASE)
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}")  # in base64 there are words, too
_WRAPPED = re.compile(r"[ \t>]{0,8}[A-Za-z0-9+/]{60,}={0,2}")
_HEAD = re.compile(r"[A-Za-z0-9+/]{12,60}[+/]\Z")
_ANOTHER = 1_000_000
_SHORT = 3  # letters
_MAP = '"mappings"'  # of sources: a list of draws


def find(piece: Piece) -> str:
    """What stands in `piece` beside a word for it, "" if nothing does."""
    below, offset = 0, 0
    waiting = sorted(_said(piece), reverse=True)
    for row in piece.text.split("\n"):
        line = row.partition(_MAP)[0]
        said = []
        while waiting and waiting[-1][0] <= offset + len(row):
            start, end, strong = waiting.pop()
            said.append((start - offset, end - offset, strong))
        offset += len(row) + 1
        if not (said or below):
            continue
        said = _outside(line, said)
        values = list(_values(line))
        if any(_told(line, said, value) for value in values):
            return KIND
        if below and any(_last(line, value) for value in values):
            return KIND
        below = below - 1 if below and line.strip() else 0
        if any(strong for _, _, strong in said):
            below = _IN_SECTION if _SECTION.fullmatch(line) else bool(_HEADING.match(line))
    return ""


def _said(piece: Piece) -> Iterator[_Word]:
    """Where words for a secret stand in `piece`, and whether they are strong."""
    for stem in _STEMS:
        for start in _places(piece.low, stem):
            yield start, start + len(stem), True
    for word, then in _STRONG.items():
        for start, end in _whole(piece, word):
            if then.match(piece.text, end):
                yield start, end, True
    for word in _WEAK:
        for start, end in _whole(piece, word):
            yield start, end, False


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _whole(piece: Piece, word: str) -> Iterator[tuple[int, int]]:
    """Where `word` is one by itself, in a name of several, too."""
    text = piece.text
    for start in _places(piece.low, word):
        end = start + len(word)
        before = text[start - 1 : start]
        if before.isalnum() and not (before.islower() and text[start].isupper()):
            continue
        end += text[end : end + 1] in ("s", "S")
        if not text[end : end + 1].islower():
            yield start, end


def _outside(line: str, said: list[_Word]) -> list[_Word]:
    """Those of `said` that are no part of something in base64."""
    if len(line) <= _FAR and not _WRAPPED.fullmatch(line):
        return [one for one in said if one[1] - one[0] > _SHORT or not _tail(line, one[0])]
    blobs = [found.span() for found in _BLOB.finditer(line)]
    return [one for one in said if not any(start <= one[0] < end for start, end in blobs)]


def _tail(line: str, place: int) -> bool:
    """Whether what begins at `place` is the end of something in base64."""
    head = _HEAD.search(line, max(0, place - 61), place) if place else None
    return head is not None and looks.random(head[0], 12)


def _values(line: str) -> Iterator[_Value]:
    """From where to where in `line` stands what may be a value, what it looks like, its label."""
    for run in _RUN.finditer(line):
        if (len(run[0]) < 12 and run[0].isalpha()) or _DIGEST.match(run[0]):
            continue
        first = _label(line, run.start())
        for found in _VALUE.finditer(line, run.start(), run.end()) if first != _ANOTHER else ():
            grade = weigh.grade(found[0])
            label = max(first, _label(line, found.start())) if grade else first
            if grade and label != _ANOTHER:
                yield found.start(), found.end(), grade, label


def _label(line: str, place: int) -> int:
    """Where the label of what stands at `place` begins, -1 if it has none.

    `_ANOTHER` if it says that this is something else.
    """
    before = line[max(0, place - 8) : place].rstrip(" \t\"'`")
    if not before.endswith((":", "=", "base64,")):
        return -1
    found = _LABEL.search(line, max(0, place - 50), place)
    if found is None:
        return -1
    name = found["name"]
    if name is None or words.about(name):
        return _ANOTHER
    if not (words.secret(name) or HARMLESS.isdisjoint(words.split(name)[-1:])):
        return _ANOTHER
    return found.start() if found["sign"] else -1


def _told(line: str, said: list[_Word], value: _Value) -> bool:
    """Whether a word in `line` speaks of `value`, and no label of its own says otherwise."""
    start, end, grade, label = value
    begin = bisect_left(said, (start - _FAR - _BEFORE,))
    for first, last, strong in said[begin : bisect_left(said, (end + _BEFORE + 1,))]:
        behind = end <= first <= end + _BEFORE and _ENDED.isdisjoint(line[end:first])
        if not (last <= start <= last + _FAR or behind) or last <= label:
            continue
        if strong and grade >= weigh.PASSWORD and end - start <= _MOST and label < 0:
            return True
        if (strong or grade >= weigh.PASSWORD) and _JOINED.fullmatch(line, last, start):
            return True
    return False


def _last(line: str, value: _Value) -> bool:
    """Whether `value` is all of `line`, or what is assigned at its end."""
    start, end, _, _ = value
    before = line[:start].rstrip(" \t\"'`")
    ends = not any(map(str.isalnum, line[end:]))
    return ends and (before.endswith(("=", ": ")) or not any(map(str.isalnum, before)))
