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

    _Word = tuple[int, int, bool, bool]
    _Value = tuple[int, int, int, int]

KIND = "a value beside a word for a secret"
_STEMS = (
    *words.STEMS,
    *("passw", "passphr", "passcod", "zugangs", "requirepass", "masterauth"),
    *("passord", "\u0e23\u0e2b\u0e31\u0e2a"),
    *("kata sandi", "kata laluan", "mat khau", "mot de passe", "mots de passe", "palavra-passe"),
)
# Strong as a whole word, where its value may follow.
_STRONG = {
    **dict.fromkeys(
        ("pwd", "pw", "mdp", "clave", "psk", "p/w"),
        re.compile(r"[\s\"'`:=>|)?\u2192\u21d2\u2013\u2014]|\Z"),
    ),
    "pass": re.compile(r"[\"']?\s?[:=]"),
}
_WEAK = (
    "pass pin puk otp totp mfa key token auth authorization login logon signin cred cookie "
    "session sid bearer jwt salt seed wallet recovery backup code license licence serial chave "
    "cle schluessel schlussel acceso accesso webhook vault unseal identified ticket community"
).split()
# Of these many are about something else: a sign has to join them.
_ORDINARY = frozenset(
    "session sid seed wallet recovery backup code serial vault webhook ticket".split()
)
_FAR, _BEFORE = 120, 60  # letters between a word and its value
_ENDED = frozenset(";{}=")  # what stands before these is over
_STATED = re.compile(r"[;)}][A-Za-z_$]")  # in minified code the next thing follows at once
_MOST = 100  # letters of what is not joined to a word
_RUN = re.compile(
    r"[^\s\"'`,;|<>(){}\[\]\u2018-\u201f\xab\xbb\u2013\u2014\u2192\u21d2\u27f6\u279c\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af]{6,}"
)
_VALUE = re.compile(r"(?:[^=:/&]|&(?![\w\-]{1,40}=)){6,300}")
# The rest of a word's name, then a sign or a word that says that it comes now.
_OPENS = r"[\s\"'`(<\[{*=>\u2018-\u201f\xab\u300c\u300e]{0,12}"
_SAYS = (
    r"(?:[:=>|]|->|[\u2192\u21d2\u27f6\u279c]|[ \t]{2}|\t|"
    r"[ \t][/\u2013\u2014-][ \t]|[ \t](?:is|are|was|ist|lautet|war|sei|est|es|era|e|jest|byl|"
    r"on|ar|er|to)[ \t])"
)
_JOINED = re.compile(
    rf"[\w.$\-]{{0,30}}(?:[ \t]?[\"'`]|[ \t](?:\d{{1,2}}[ \t])?|[\"'`]?,|[^\n]{{0,60}}?{_SAYS}|"
    r"[\"'`]?[)\]]{1,2}[ \t]?(?:\|\||\?\?|or|else|,|\?:)[ \t]?|(?<=[\u3040-\uffff]))" + _OPENS
)
_SIGNED = re.compile(rf"[\w.$\-]{{0,30}}[\"'`]?{_SAYS}" + _OPENS)
# Between a word and the label of a value: what the word is of.
_FOR = re.compile(
    r"[ \t](?:for|of|on|at|to|in|fur|von|pour|de|du|para|per|di|do|na|till|voor|"
    r"o\u0442|\u0434o|\u0434\u043b\u044f)[ \t](?:[\w.@\-]{1,30}[ \t]){0,2}"
)
_OF = re.compile(
    r"\w{0,4}[ \t](?:di|de|del|da|do|du|von|fur|zum|til|na|k|o\u0442|\u0434o|"
    r"\u0434\u043b\u044f)[ \t](?:[\w.@\-]{1,30}[ \t]){1,3}"
)
# A line that is hardly more than a word, or the name of a section; what is below is of it.
_HEADING = re.compile(r"(?=[^\n]{0,60}\Z)[^\w\n]*(?:\w{1,20}[^\w\n=]+){0,4}\w{0,40}[^\w\n]*")
_SECTION, _IN_SECTION = re.compile(r"[ \t]{0,8}\[{1,2}[^\[\]\n]{1,60}\]{1,2}[ \t]{0,8}"), 60
_IDENTIFIER = re.compile(r"\s*\w+(?:_\w+){3,}\s*")
_QUESTION = re.compile(r"[^\n]{4,160}[?\uff1f][^\w\n]{0,4}")
_HEADED = 4  # lines: the first has a value if it looks like any, the rest if like a password
_ANSWERED, _ONCE = 6, 7
_SPEAKER = re.compile(r"[\[(<]?(?:\d[\d:.\-/, T]{3,24}[\])]?[ \-]{0,3})?<?[\w.@\- ]{1,30}[>:]")
_CALLED = re.compile(
    r"\*?[A-Za-z_]\w*(?:\.\w+)*\.[a-z]+\d?(?:_[a-z]+)*|(?:[A-Z][a-z]+){3,}|[a-z]+(?:[A-Z][a-z]+){2,}|[a-z]{3,}[A-Z]\w*(?:[A-Z][a-z]{2,}){2,}|\*?[A-Za-z]+(?:_[A-Za-z]+\d?){3,}|"
    r"_?[a-z]+\.(?:[A-Z][a-z]+){2,}|\*?[A-Z]{2,}_[A-Z]{2,}\d[A-Z]+\d?"
)
_NAMED = re.compile(r"\*?[A-Za-z_]\w*[_.]\w+")
# What stands directly before a value and says what it is.
_LABEL = re.compile(
    r"(?P<name>[\w.\-]{1,40})(?:(?P<sign>[\"']\s{0,3}:|\s{0,20}=)|:)\s{0,8}[\"'`]?\Z|base64,\Z"
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{40,}")  # in base64 there are words, too
_WRAPPED = re.compile(r"[ \t>]{0,8}[A-Za-z0-9+/]{60,}={0,2}")
_HEAD = re.compile(r"[A-Za-z0-9+/]{12,60}\Z")
_ANOTHER, _SHORT = 1_000_000, 3  # letters
_MAP = '"mappings"'  # of sources: a list of draws


def find(piece: Piece) -> str:
    """What stands in `piece` beside a word for it, "" if nothing does."""
    below, offset = 0, 0
    waiting = sorted(_said(piece), reverse=True)
    for row in piece.text.split("\n"):
        line = row.partition(_MAP)[0]
        said = []
        while waiting and waiting[-1][0] <= offset + len(row):
            start, end, strong, ordinary = waiting.pop()
            said.append((start - offset, end - offset, strong, ordinary))
        offset += len(row) + 1
        if not (said or below):
            continue
        said = _outside(line, said)
        values = list(_values(line))
        drawn = [value for value in values if value[2] == weigh.DRAWN]
        said = [one for one in said if not any(a <= one[0] < b for a, b, _, _ in drawn)]
        if any(_told(line, said, value) for value in values):
            return KIND
        least = weigh.PASSWORD if below < _HEADED else weigh.MIXED
        if below and any(value[2] >= least and _last(line, value) for value in values):
            return KIND
        below = _below(line, below, strong=any(one[2] for one in said))
    return ""


def _below(line: str, below: int, *, strong: bool) -> int:
    """How many lines below `line` are of what it, or one before it, is about."""
    if _SECTION.fullmatch(line):
        return _IN_SECTION if strong else 0
    if strong and _QUESTION.fullmatch(line):
        return _ANSWERED
    if strong and _HEADING.match(line) and not _IDENTIFIER.fullmatch(line):
        return _HEADED if _HEADING.fullmatch(line) else _ONCE
    if below == _ONCE:
        return 0
    return below - 1 if below and any(map(str.isalnum, line)) else below


def _said(piece: Piece) -> Iterator[_Word]:
    """Where words for a secret stand in `piece`, whether they are strong, or ordinary words."""
    for stem in _STEMS:
        for start in _places(piece.low, stem):
            yield start, start + len(stem), True, False
    for word, then in _STRONG.items():
        for start, end in _whole(piece, word):
            if then.match(piece.text, end):
                yield start, end, True, False
    for word in _WEAK:
        for start, end in _whole(piece, word):
            yield start, end, False, word in _ORDINARY


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
    said = [one for one in said if one[1] - one[0] > _SHORT or not _tail(line, one[0])]
    if len(line) <= _FAR and not _WRAPPED.fullmatch(line):
        return said
    blobs = [found.span() for found in _BLOB.finditer(line)]
    return [one for one in said if not any(start <= one[0] < end for start, end in blobs)]


def _tail(line: str, place: int) -> bool:
    """Whether what begins at `place` is the end of something in base64."""
    head = _HEAD.search(line, max(0, place - 61), place) if place else None
    return head is not None and looks.random(head[0], 12)


def _values(line: str) -> Iterator[_Value]:
    """From where to where in `line` stands what may be a value, what it looks like, its label."""
    for run in _RUN.finditer(line):
        if (len(run[0]) < 12 and run[0].isalpha()) or weigh.told(line, run.start()):
            continue
        first = _label(line, run.start())
        for found in _VALUE.finditer(line, run.start(), run.end()) if first != _ANOTHER else ():
            grade = weigh.grade(found[0])
            if grade and line[found.end() : found.end() + 2].lstrip(" ")[:1] == "(":
                grade *= (_CALLED if grade == weigh.DRAWN else _NAMED).fullmatch(found[0]) is None
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
    if not (words.secret(name) or words.HARMLESS.isdisjoint(words.split(name)[-1:])):
        return _ANOTHER
    return found.start() if found["sign"] else -1


def _told(line: str, said: list[_Word], value: _Value) -> bool:
    """Whether a word in `line` speaks of `value`, and no label of its own says otherwise."""
    start, end, grade, label = value
    begin = bisect_left(said, (start - _FAR - _BEFORE,))
    for first, last, strong, ordinary in said[begin : bisect_left(said, (end + _BEFORE + 1,))]:
        behind = end <= first <= end + _BEFORE and _ENDED.isdisjoint(line[end:first])
        if not (last <= start <= last + _FAR or behind):
            continue
        if last <= label and not (strong and _FOR.fullmatch(line, last, label)):
            continue
        if strong and grade >= weigh.PASSWORD and end - start <= _MOST and label < 0:
            return True
        joined = _SIGNED if ordinary else _JOINED
        near = strong or (grade >= weigh.PASSWORD and not _STATED.search(line, last, start))
        if near and joined.fullmatch(line, last, start):
            return True
        if strong and not any(map(str.isalnum, line[end:])) and _OF.fullmatch(line, last, start):
            return True
    return False


def _last(line: str, value: _Value) -> bool:
    """Whether `value` is all of `line`, or what is assigned at its end."""
    start, end, _, _ = value
    before = line[:start].rstrip(" \t\"'`")
    alone = not any(map(str.isalnum, before)) or _SPEAKER.fullmatch(before)
    return not any(map(str.isalnum, line[end:])) and (before.endswith("=") or bool(alone))
