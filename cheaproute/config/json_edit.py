"""One key of a JSON object changed in its text; every other byte stays (pure).

Claude Code's settings are the user's: order, indentation, escapes and line ends are kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

_BLANK = " \t\r\n"
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Member:
    key: str
    start: int
    value: int
    end: int


def get(text: str, key: str) -> object:
    """The value of `key` in the object `text`, None if it is not there (or null).

    Raises:
        ValueError: `text` is no JSON object.
    """
    _, members = _members(text)
    found = [member for member in members if member.key == key]
    return json.loads(text[found[-1].value : found[-1].end]) if found else None


def put(text: str, key: str, value: object) -> str:
    """`text` with `key` set to `value`, or without it where `value` is None.

    A new key goes last, indented like the first. An empty text is an empty object.

    Raises:
        ValueError: `text` is no JSON object.
    """
    if not text.strip(_BLANK + _BOM):
        text = "{}\n"
    opening, members = _members(text)
    found = [member for member in members if member.key == key]
    if value is None:
        for member in reversed(found):
            text = _without(text, member)
        return text
    written = json.dumps(value, ensure_ascii=False)
    if found:
        return text[: found[-1].value] + written + text[found[-1].end :]
    if not members:
        line = "\r\n" if "\r\n" in text else "\n"
        return (
            f"{text[: opening + 1]}{line}  {json.dumps(key)}: {written}{line}"
            + (text[text.index("}", opening) :])
        )
    first, last = members[0], members[-1]
    gap = text[opening + 1 : first.start]
    colon = text[first.start : first.value][len(_key_text(text, first)) :]
    return text[: last.end] + f",{gap}{json.dumps(key)}{colon}{written}" + text[last.end :]


def put_at(text: str, path: Sequence[str], value: object) -> str:
    """As `put`, of a key inside objects: `("env", "NAME")`.

    An object that is not there is made; one that holds nothing more goes.

    Raises:
        ValueError: `text`, or what the path leads through, is no JSON object.
    """
    key, *rest = path
    if not rest:
        return put(text, key, value)
    _, members = _members(text) if text.strip(_BLANK + _BOM) else (0, [])
    found = [member for member in members if member.key == key]
    inner = text[found[-1].value : found[-1].end] if found else ""
    if found and not inner.startswith("{"):
        raise ValueError(f"{key} is no object")
    if not found:
        if value is None:
            return text
        for name in reversed(rest):
            value = {name: value}
        return put(text, key, value)
    edited = put_at(inner, rest, value)
    if value is None and not json.loads(edited):
        return put(text, key, None)
    return text[: found[-1].value] + edited + text[found[-1].end :]


def _without(text: str, member: _Member) -> str:
    """`text` without the member, its comma, and the blanks before it."""
    end = _skip(text, member.end)
    start = len(text[: member.start].rstrip(_BLANK))
    if text[start - 1] == ",":
        return text[: start - 1] + text[member.end :]
    if text[end] == ",":
        return text[:start] + text[end + 1 :]
    return text[:start] + text[end:]


def _key_text(text: str, member: _Member) -> str:
    _, end = json.JSONDecoder().raw_decode(text, member.start)
    return text[member.start : end]


def _members(text: str) -> tuple[int, list[_Member]]:
    """Where the object opens, and its members."""
    place = opening = _skip(text, len(text) - len(text.lstrip(_BOM)))
    if text[place : place + 1] != "{" or not isinstance(json.loads(text.lstrip(_BOM)), dict):
        raise ValueError("not a JSON object")
    decoder = json.JSONDecoder()
    found = []
    place = _skip(text, place + 1)
    while text[place] != "}":
        start = place
        key, place = decoder.raw_decode(text, place)
        value = _skip(text, _skip(text, place) + 1)
        _, end = decoder.raw_decode(text, value)
        found.append(_Member(key, start, value, end))
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return opening, found


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place
