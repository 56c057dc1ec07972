"""What may open something beside a word that speaks of access: in doubt it does (pure).

The other rules know a notation each, this one none: how much a value has to look like a secret
depends on how much the word promises and how closely the two stand.
"""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import words
from cheaproute.delegate.secrets.rules import weigh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.delegate.secrets.rules.blocks import Piece

    _Value = tuple[int, int, int, int]

KIND = "a value beside a word for a secret"
_STRONG = re.compile(
    "|".join(words.STEMS) + r"|passw|passphr|passcod|kata\ssandi|mat\skhau|mots?\sde\spasse|"
    r"zugangs|requirepass|masterauth|"
    r"(?<![^\W_])(?:(?:pwd?|mdp|clave|psk)(?![^\s\"'`:=>|)])|pass(?=[\"']?\s?[:=]))"
)
_WORDS = (
    "pass pin puk otp totp mfa key token auth authorization login logon signin cred cookie "
    "session sid bearer jwt salt seed wallet recovery backup code license licence serial chave "
    "cle schluessel schlussel acceso accesso webhook vault unseal identified ticket community"
).split()
_CASES = "|".join(f"{word}|{word.upper()}" for word in _WORDS)
_WEAK = re.compile(
    rf"(?<![^\W_])(?:{_CASES})[sS]?(?![a-z])|"
    rf"(?<![A-Z])(?:{'|'.join(map(str.capitalize, _WORDS))})s?(?![a-z])"
)
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
_HARMLESS = frozenset(
    "id ids hash sha md sum checksum integrity etag digest fingerprint uuid guid trace span "
    "request rev revision version url uri path file host hostname time date timestamp size commit "
    "ref image tag cursor mail email name user username mappings class style src href resolved "
    "h address addr ip arn region type kind label title location model browser agent".split()
)
_DIGEST = re.compile(r"(?:sha\d{1,3}|md5|h1)[-:=]|AAAA[BCE]3", re.IGNORECASE)
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}")  # in base64 there are words, too
_ANOTHER = 1_000_000
_MAP = '"mappings"'  # of sources: a list of draws


def find(piece: Piece) -> str:
    """What stands in `piece` beside a word for it, "" if nothing does."""
    below = 0
    for row in piece.text.split("\n"):
        line = row.partition(_MAP)[0]
        said = _said(line)
        values = list(_values(line)) if said or below else []
        if any(_told(line, said, value) for value in values):
            return KIND
        if below and any(_last(line, value) for value in values):
            return KIND
        below = below - 1 if below and line.strip() else 0
        if any(strong for _, _, strong in said):
            below = _IN_SECTION if _SECTION.fullmatch(line) else bool(_HEADING.match(line))
    return ""


def _said(line: str) -> list[tuple[int, int, bool]]:
    """Where words for a secret stand in `line`, and whether they are strong."""
    if len(line) > _FAR:
        line = _BLOB.sub(lambda found: " " * len(found[0]), line)
    low = line.lower() if len(line.lower()) == len(line) else line
    strong = [(*found.span(), True) for found in _STRONG.finditer(low)]
    return sorted(strong + [(*found.span(), False) for found in _WEAK.finditer(line)])


def _values(line: str) -> Iterator[_Value]:
    """From where to where in `line` stands what may be a value, what it looks like, its label."""
    for run in _RUN.finditer(line):
        first = _label(line, run.start())
        if _DIGEST.match(run[0]) or first == _ANOTHER:
            continue
        for found in _VALUE.finditer(line, run.start(), run.end()):
            label = max(first, _label(line, found.start()))
            grade = weigh.grade(found[0]) if label != _ANOTHER else weigh.NOTHING
            if grade:
                yield found.start(), found.end(), grade, label


def _label(line: str, place: int) -> int:
    """Where the label of what stands at `place` begins, -1 if it has none.

    `_ANOTHER` if it says that this is something else.
    """
    found = _LABEL.search(line, max(0, place - 50), place)
    if found is None:
        return -1
    name = found["name"]
    if name is None or words.about(name):
        return _ANOTHER
    if not (words.secret(name) or _HARMLESS.isdisjoint(words.split(name)[-1:])):
        return _ANOTHER
    return found.start() if found["sign"] else -1


def _told(line: str, said: list[tuple[int, int, bool]], value: _Value) -> bool:
    """Whether a word in `line` speaks of `value`, and no label of its own says otherwise."""
    start, end, grade, label = value
    for first, last, strong in said:
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
