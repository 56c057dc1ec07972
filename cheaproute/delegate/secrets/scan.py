"""Whether a text may be sent: all of it is looked through before the first byte goes.

Doubt withholds: what takes too long, or cannot be looked through, is as good as found.
"""

from __future__ import annotations

import base64
import binascii
import re

from cheaproute.delegate.secrets.rules import (
    assignments,
    blocks,
    carriers,
    formats,
    keys,
    library,
    tables,
    tokens,
    vendors,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Rule = Callable[[blocks.Piece], str]

BUDGET_S = 2.0
DOUBT = "it could not be looked through"

# A text in base64 that could be one in plain letters below.
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{24,4000}={0,2}")
_PIECEWISE = (
    keys.find,
    tokens.find,
    tokens.find_alone,
    carriers.find,
    assignments.find,
    vendors.find,
    tables.find,
    tables.find_sql,
    formats.find_codes,
)
_LIBRARY = (library.find,)
# What a name can hold; a draw that is all of a name is an id.
_IN_NAMES = (keys.find, tokens.find, carriers.find, assignments.find, *_LIBRARY)


def find(text: str, budget_s: float = BUDGET_S) -> str:
    """Why `text` may not be sent, as a kind without its value; "" if it may."""
    return _guarded(text, budget_s, _PIECEWISE + _LIBRARY)


def find_bare(text: str, budget_s: float = BUDGET_S) -> str:
    """As `find`, without the library: for a process that has none, as hooks have not.

    For texts that the same API has had from the session itself, such as a conversation.
    """
    return _guarded(text, budget_s, _PIECEWISE)


def find_name(name: str) -> str:
    """Why a file's `name` may not be sent, "" if it may."""
    return _guarded(name, BUDGET_S, _IN_NAMES)


def _guarded(text: str, budget_s: float, rules: Sequence[_Rule]) -> str:
    try:
        return _find(text, blocks.Clock(budget_s), rules)
    except (blocks.TooSlow, RecursionError, MemoryError, ImportError):
        return DOUBT


def _find(text: str, clock: blocks.Clock, rules: Sequence[_Rule]) -> str:
    text = blocks.normal(text)
    found = formats.find(text)
    if found:
        return found
    for piece in blocks.pieces(text, clock):
        for rule in rules:
            found = rule(piece)
            if found:
                return found
        found = _inside(piece)
        if found:
            return found
    return ""


def _inside(piece: blocks.Piece) -> str:
    """What stands in base64 in `piece`."""
    for encoded in _ENCODED.findall(piece.text):
        raw = encoded.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            decoded = base64.b64decode(raw[: len(raw) // 4 * 4])
            plain = decoded.decode("ascii")
        except (binascii.Error, ValueError):
            continue
        if plain.isprintable() or "\n" in plain:
            inner = blocks.Piece(plain)
            for rule in (keys.find, tokens.find, carriers.find, assignments.find):
                found = rule(inner)
                if found:
                    return f"{found}, encoded"
    return ""
