"""A column of passwords beside one of users, whatever it is called (pure)."""

from __future__ import annotations

import re
from itertools import islice

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.delegate.secrets.rules.blocks import Piece

KIND = "a column beside a user's"
_USER = r"(?:log-?in|logon|user(?:[ _-]?name)?|usr|account|benutzer|konto|utilisateur|usuario)"
_WORDS = re.compile(_USER)
_LINE = re.compile(
    rf"^[^\n]{{0,300}}?(?<![^\W_]){_USER}(?![^\W_])[^\n]{{0,300}}$", re.MULTILINE | re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z][\w.\-]{0,30}(?: [\w.\-]{1,30}){0,3}")
_DELIMITERS = ",;\t|"
_LEAST, _MOST = 2, 20  # rows, names
_BELOW = 20_000  # letters
_TRIES = 40  # lines that may be names
_LONGEST = 40  # letters of a password


def find(piece: Piece) -> str:
    """What column of `piece` it is, "" if none."""
    lines = _LINE.finditer(piece.text) if _WORDS.search(piece.low) else ()
    return KIND if any(_held(piece.text, one) for one in islice(lines, _TRIES)) else ""


def _held(text: str, found: re.Match[str]) -> bool:
    for delimiter in _DELIMITERS:
        if delimiter not in found[0]:
            continue
        names = tables.cells(found[0], delimiter)
        if len(names) < _LEAST or not all(map(_NAME.fullmatch, names)):
            continue
        lines = text[found.end() + 1 : found.end() + _BELOW].split("\n")[: _MOST + 1]
        rows = tables.rows_of(lines, delimiter, len(names))
        if len(rows) >= _LEAST and any(
            all(_password(row[place]) for row in rows)
            for place, name in enumerate(names)
            if words.HARMLESS.isdisjoint(words.split(name)[-1:])
        ):
            return True
    return False


def _password(value: str) -> bool:
    return len(value) <= _LONGEST and weigh.grade(value) >= weigh.PASSWORD
