"""Paths against patterns of gitignore's notation, in time linear in both (hot path, pure).

No regular expression is made from a pattern: whoever wrote it may have meant harm.
"""

from __future__ import annotations

# A pattern over this is too odd to be understood.
LONGEST = 1_000


class Odd(ValueError):
    """A pattern that cannot be understood."""


def below(path: str, pattern: str) -> bool:
    """Whether `pattern`, from its root on, names `path` or a directory in which it lies.

    Both are cut at `/`; `**` stands for any number of directories. Case is ignored.

    Raises:
        Odd: the pattern is too long, or a set in it does not end.
    """
    if len(pattern) > LONGEST:
        raise Odd(pattern[:40])
    names = [name for name in path.lower().split("/") if name]
    parts = [part for part in pattern.lower().split("/") if part not in ("", ".")]
    # What it names may be a directory: anything may follow.
    return _walk(names, [*parts, "**"])


def anywhere(path: str, pattern: str) -> bool:
    """`below`, from any directory on.

    Raises:
        Odd: see `below`.
    """
    return below(path, "**/" + pattern)


def name(text: str, pattern: str) -> bool:
    """Whether `pattern` names `text`, a single name: `*`, `?` and sets such as `[0-9]`.

    Raises:
        Odd: a set in it does not end.
    """
    signs = _signs(pattern)
    place = sign = 0
    star = mark = -1
    while place < len(text):
        if sign < len(signs) and signs[sign] == "*":
            star, mark = sign, place
            sign += 1
        elif sign < len(signs) and _is(text[place], signs[sign]):
            place, sign = place + 1, sign + 1
        elif star >= 0:  # only the last star has to be tried with one letter more
            mark += 1
            place, sign = mark, star + 1
        else:
            return False
    return all(sign == "*" for sign in signs[sign:])


def _walk(names: list[str], parts: list[str]) -> bool:
    """As `name`, with directories for letters and `**` for the star."""
    place = part = 0
    star = mark = -1
    while place < len(names):
        if part < len(parts) and parts[part] == "**":
            star, mark = part, place
            part += 1
        elif part < len(parts) and name(names[place], parts[part]):
            place, part = place + 1, part + 1
        elif star >= 0:
            mark += 1
            place, part = mark, star + 1
        else:
            return False
    return all(part == "**" for part in parts[part:])


def _signs(pattern: str) -> list[str]:
    """The pattern's letters, stars (together one) and sets."""
    signs: list[str] = []
    place = 0
    while place < len(pattern):
        letter = pattern[place]
        if letter == "[":
            end = pattern.find("]", place + 2)
            if end < 0:
                raise Odd(pattern[:40])
            letter = pattern[place : end + 1]
        place += len(letter)
        if not (letter == "*" and signs[-1:] == ["*"]):
            signs.append(letter)
    return signs


def _is(letter: str, sign: str) -> bool:
    if len(sign) == 1:
        return sign in ("?", letter)
    inner = sign[1:-1]
    without = inner[0] in "!^"
    inner = inner[without:]
    found = False
    place = 0
    while place < len(inner):
        if inner[place + 1 : place + 2] == "-" and place + 2 < len(inner):
            if inner[place] > inner[place + 2]:
                raise Odd(sign)
            found = found or inner[place] <= letter <= inner[place + 2]
            place += 3
        else:
            found = found or inner[place] == letter
            place += 1
    return found is not without
