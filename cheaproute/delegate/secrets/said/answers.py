"""The answer to a question for a key, a line or two below it, with nothing that names it (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import weigh
from cheaproute.delegate.secrets.rules import looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.delegate.secrets.rules.blocks import Piece

KIND = "the answer to a question for a secret"
_QUESTION = re.compile(
    r"^[^\n]{0,160}\b(?:keys?|tokens?|secrets?|pass(?:word|wd|phrase|code)?s?|pwd?|creds?|credentials?|login|"
    r"pat|passwor[td]|kennwort|contrasena|mot de passe|senha|"
    r"code)\b[^\n]{0,80}[?\uff1f][^\w\n]{0,4}$",
    re.IGNORECASE | re.MULTILINE,
)
# What has numbers of its own that open nothing.
_OTHER = re.compile(
    r"\b(?:commit|sha|hash|trace|id|ticket|version|digest|revision)\b", re.IGNORECASE
)
_WAITED = 4  # lines
_ANSWER = re.compile(
    r"[ \t>]*(?:[\[(]?\d[\d:.\-/, TAPMapm]{3,24}[\])]?[ \-]{0,3})?(?:<?[\w.@\- ]{1,30}[>:][ \t]+)?"
    r"(?:(?:sure|here|yes|yep|ok|okay|it'?s|its|use|try|there|you|go|this|one|is|"
    r"the)[,:.!]{0,2}[ \t]){0,4}"
    r"[\"'`*]{0,2}(?P<value>[^\s\"'`*]{6,400})[\"'`*]{0,2}[ \t.!]{0,3}"
)


def find(piece: Piece) -> str:
    """What is answered in `piece`, "" if nothing secret is."""
    if "?" not in piece.text and "\uff1f" not in piece.text:
        return ""
    for asked in _QUESTION.finditer(piece.text):
        if _OTHER.search(asked[0]):
            continue
        below = piece.text[asked.end() + 1 : asked.end() + 1_500].split("\n")[:_WAITED]
        if any(map(_answers, below)):
            return KIND
    return ""


def _answers(line: str) -> bool:
    found = _ANSWER.fullmatch(line)
    if found is None:
        return False
    value = found["value"]
    drawn = looks.hexadecimal(value) and len(value) >= 20 and not value.isdigit()
    return drawn or weigh.grade(value) >= weigh.PASSWORD
