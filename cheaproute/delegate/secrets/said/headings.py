"""What stands alone on a line below the words that hand it over, an empty one between (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.delegate.secrets.rules.blocks import Piece

KIND = "a value below words for a secret"
_BELOW = re.compile(
    r"(?<=[\w)\]\"'`*]):{1,2}[ \t*_]{0,4}\n(?:[ \t>]{0,12}\n){1,2}"
    r"[ \t>]{0,24}[\"'`*<]{0,3}(?P<value>[^\s\"'`]{6,400})[\"'`]{0,3}[ \t.]{0,3}(?=\n|\Z)"
)
# `you log in as anna with`, and the line ends.
_HANDED = re.compile(
    r"\b(?:log(?:ged|ging)?[ \-]?(?:in|on)|sign[ \-]?(?:in|on)|connect|authenticate|unlock|"
    r"anmelde\w{1,3}|einlogge\w?|connecte[rz]?)\b[^\n]{0,80}\b(?:with|using|as|by|and|mit|als|avec|et|con|com|met)"
    r"[ \t]{0,3}[:,\u2013\u2014-]{0,2}[ \t*_]{0,4}\n(?:[ \t>]{0,12}\n){0,2}"
    r"(?:[ \t>]{0,24}[\w.@+\-]{1,60}[ \t]{0,3}\n(?:[ \t>]{0,12}\n)?)?"
    r"[ \t>]{0,24}[\"'`*<]{0,3}(?P<value>[^\s\"'`]{6,400})[\"'`]{0,3}[ \t.]{0,3}(?=\n|\Z)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Za-z][\w.\-]{0,40}")
_NAME = re.compile(r"[\w.]+")
_MOST = 120  # letters of a heading
# A place, a command, the key of something further below.
_OTHER = re.compile(
    r"\w{2,12}://|[~./\\]|.*[:(){}\[\];]\Z|[\w.\-]+\.[A-Za-z]{1,5}\Z|#|[a-z]+(?:_[a-z]+)+\d{0,2}\Z"
)


def find(piece: Piece) -> str:
    """What `piece` has below such words, "" if nothing that looks like it."""
    for found in _BELOW.finditer(piece.text):
        value = found["value"].rstrip("*>")
        if _OTHER.match(value) or (value.isalpha() and not looks.random(value, 12)):
            continue
        line = piece.text[max(0, found.start() - _MOST) : found.start()].rpartition("\n")[2]
        said = _WORDS.findall(line)[-3:]
        names = ("_".join(said[-many:]) for many in range(1, len(said) + 1))
        quoted = _NAME.fullmatch(value) is None  # what has signs in it is no code here
        if any(words.secret(one) and weigh.promised(one, value, quoted=quoted) for one in names):
            return KIND
    return KIND if any(map(_opens, _HANDED.finditer(piece.text))) else ""


def _opens(found: re.Match[str]) -> bool:
    value = found["value"].rstrip("*>")
    return not _OTHER.match(value) and weigh.grade(value) >= weigh.PASSWORD
