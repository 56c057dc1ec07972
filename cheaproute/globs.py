"""Paths against patterns of gitignore's notation, in time linear in both (hot path, pure).

No regular expression is made from a pattern: whoever wrote it may have meant harm.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A pattern over this is too odd to be understood.
LONGEST = 1_000


class Odd(ValueError):
    """A pattern that cannot be understood, or not in the time there is."""


class Room:
    """How many signs may still be compared, for all patterns that are given it."""

    __slots__ = ("left",)

    def __init__(self, left: int = 1 << 60) -> None:
        self.left = left

    def take(self, count: int) -> None:
        """Take so much of it.

        Raises:
            Odd: there is less.
        """
        self.left -= count
        if self.left < 0:
            raise Odd("too much to compare")


def below(path: str, pattern: str, room: Room | None = None) -> bool:
    """Whether `pattern`, from its root on, names `path` or a directory in which it lies.

    Both are cut at `/`; `**` stands for any number of directories. Case is ignored.

    Raises:
        Odd: the pattern is too long, a set in it does not end, or there is no `room` left.
    """
    if len(pattern) > LONGEST:
        raise Odd(pattern[:40])
    names = [name for name in path.lower().split("/") if name]
    parts = [part for part in pattern.lower().split("/") if part not in ("", ".")]
    # What it names may be a directory: anything may follow.
    return _walk(names, [*parts, "**"], room or Room())


def anywhere(path: str, pattern: str, room: Room | None = None) -> bool:
    """`below`, from any directory on.

    Raises:
        Odd: see `below`.
    """
    return below(path, "**/" + pattern, room)


def name(text: str, pattern: str, room: Room | None = None) -> bool:
    """Whether `pattern` names `text`, a single name: `*`, `?` and sets such as `[0-9]`.

    Raises:
        Odd: a set in it does not end, or there is no `room` left.
    """
    room = room or Room()
    room.take(len(pattern))
    return _matches(text, _signs(pattern), "*", _is, room)


def _walk(names: list[str], parts: list[str], room: Room) -> bool:
    """As `name`, with directories for letters and `**` for the star."""
    return _matches(names, parts, "**", lambda text, part: name(text, part, room), room)


def _matches(
    items: Sequence[str],
    signs: list[str],
    any_number: str,
    fits: Callable[[str, str], bool],
    room: Room,
) -> bool:
    """Whether each of `items` fits its sign, `any_number` standing for none or more of them."""
    place = sign = 0
    star = mark = -1
    while place < len(items):
        room.take(len(signs[sign]) if sign < len(signs) else 1)
        if sign < len(signs) and signs[sign] == any_number:
            star, mark = sign, place
            sign += 1
        elif sign < len(signs) and fits(items[place], signs[sign]):
            place, sign = place + 1, sign + 1
        elif star >= 0:  # only the last star has to be tried with one item more
            mark += 1
            place, sign = mark, star + 1
        else:
            return False
    return all(sign == any_number for sign in signs[sign:])


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
