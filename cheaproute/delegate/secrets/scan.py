"""Whether a text may be sent: all of it is looked through before the first byte goes.

Doubt withholds: what takes too long, or cannot be looked through, is as good as found.
"""

from __future__ import annotations

from cheaproute.delegate.secrets import near, plain, views
from cheaproute.delegate.secrets.rules import (
    assignments,
    blocks,
    carriers,
    commands,
    formats,
    keys,
    library,
    tables,
    talk,
    tokens,
    vendors,
)
from cheaproute.delegate.secrets.said import answers, codes, columns, flags, headings, logins
from cheaproute.delegate.secrets.whole import runs, unexplained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Rule = Callable[[blocks.Piece], str]

BUDGET_S = 2.0
DOUBT = "it could not be looked through"

_PIECEWISE = (
    keys.find,
    tokens.find,
    tokens.find_cookie,
    carriers.find,
    commands.find,
    assignments.find,
    talk.find,
    vendors.find,
    tables.find,
    tables.find_sql,
    formats.find_codes,
    answers.find,
    codes.find,
    headings.find,
    columns.find,
    logins.find,
    flags.find,
    near.find,
)
_LIBRARY = (library.find,)
_ENCODED = (
    *(
        keys.find,
        flags.find,
        tokens.find,
        carriers.find,
        commands.find,
        assignments.find,
        talk.find,
    ),
)
_DEPTH = 1  # what is encoded may be encoded once more
_GARBLED = 0.1
# What a name can hold; a draw that is all of a name is an id.
_IN_NAMES = _ENCODED + _LIBRARY


def find(text: str, budget_s: float = BUDGET_S) -> str:
    """Why `text` may not be sent, as a kind without its value; "" if it may."""
    return _guarded(text, budget_s, _PIECEWISE + _LIBRARY)


def find_bare(text: str, budget_s: float = BUDGET_S) -> str:
    """As `find`, without the library: for a process that has none, as hooks have not.

    For texts that the same API has had from the session itself, such as a conversation: what
    nothing in it explains, such as a commit that is spoken of, may go there again.
    """
    return _guarded(text, budget_s, _PIECEWISE, explained=False)


def find_name(name: str) -> str:
    """Why a file's `name` may not be sent, "" if it may."""
    return _guarded(name, BUDGET_S, _IN_NAMES)


def _guarded(text: str, budget_s: float, rules: Sequence[_Rule], *, explained: bool = True) -> str:
    try:
        return _find(text, blocks.Clock(budget_s), rules, explained=explained)
    except (blocks.TooSlow, views.Packed, RecursionError, MemoryError, ImportError):
        return DOUBT


def _find(text: str, clock: blocks.Clock, rules: Sequence[_Rule], *, explained: bool) -> str:
    if _garbled(text):
        return DOUBT
    raw = plain.lines(text)
    text = plain.text(raw)
    found = formats.find(text)
    if found:
        return found
    said = [text]
    for piece in blocks.pieces(text, clock):
        for rule in rules:
            found = rule(piece)
            if found:
                return found
        found = _inside(piece.text, clock, said)
        if found:
            return found
    # In some encodings what else would be an escape is a sign like any other.
    for way in (text, raw) if raw != text else (text,):
        for view in runs.of(way):
            said.append(view)
            found = _encoded(view, clock, said)
            if found:
                return found
    return unexplained.find(said, clock) if explained else ""


def _garbled(text: str) -> bool:
    """Whether so much could not be decoded that another encoding may say more."""
    return text.count("\ufffd") > _GARBLED * len(text)


def _inside(text: str, clock: blocks.Clock, said: list[str], depth: int = _DEPTH) -> str:
    """What stands in `text` in another way: encoded, as numbers, cut in pieces.

    What is no more than `text` read in another way is not added to what is `said`.
    """
    for view in views.decoded(text):
        said.append(view)
        found = _encoded(view, clock, said, depth)
        if found:
            return found
    for view in views.joined(text):
        found = _encoded(view, clock, said, depth)
        if found:
            return found
    return ""


def _encoded(view: str, clock: blocks.Clock, said: list[str], depth: int = _DEPTH) -> str:
    """What stands in `view`, which stands in a text in another way."""
    for piece in blocks.pieces(view, clock):
        for rule in _ENCODED:
            found = rule(piece)
            if found:
                return f"{found}, encoded"
        found = _inside(piece.text, clock, said, depth - 1) if depth else ""
        if found:
            return found
    return ""
