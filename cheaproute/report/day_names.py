"""What people call days, months and quarters, in digits (hot path)."""

from __future__ import annotations

from cheaproute import days
from cheaproute.errors import UsageError
from cheaproute.report import dates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_LETTERS = 3
_WEEK = 7


def in_digits(text: str, today: int) -> str:
    """`text` with names of days and months, which are the latest of that name, as digits."""
    words = text.replace("..", " .. ").split()
    if len(words) > 1 and words[0] == "last" and _named(words[1], (*_DAYS, *_months())) >= 0:
        del words[0]
    found: list[str] = []
    named = -1  # how many words there were as the last month was named
    for word in words:
        word = _dotted(word)  # noqa: PLW2901
        day, month = _named(word, _DAYS), _named(word, _months())
        if day >= 0:
            found.append(days.iso(today - (today + 3 - day) % _WEEK))
        elif month >= 0:
            year, now, _ = days.civil(today)
            found.append(f"{year - (month + 1 > now)}-{month + 1:02d}")
            if len(found) > 1 and _is_day(found[-2]):  # `16 nov`
                found[-2:] = [_dated(found[-1], found[-2], today)]
            named = len(found)
        elif named == len(found) and _is_day(word) and len(found[-1]) == len("2026-11"):
            found[-1] = _dated(found[-1], word, today)  # `nov 16`
        elif word.count("/") == 1 and is_month("-".join(reversed(f"0{word}"[-7:].split("/")))):
            found.append("-".join(reversed(f"0{word}"[-7:].split("/"))))  # `11/2026`
        elif found and len(found[-1]) == 7 and len(word) == 4 and word.isdecimal():
            found[-1] = f"{word}{found[-1][4:]}"  # `february 2026`
        else:
            found.append(word)
    if len(found) == 2 and all(is_month(one) or days.parse(one) is not None for one in found):
        found.insert(1, "..")
    return " ".join(found).replace(" .. ", "..")


def _dotted(word: str) -> str:
    """`2026-11-26` for `26.11.2026`; any other word as it is."""
    parts = word.split(".")
    if [len(part) for part in parts][2:] != [4] or not all(map(_is_number, parts)):
        return word
    return f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _is_day(word: str) -> bool:
    """Whether it is the day of a month."""
    return _is_number(word) and len(word) <= len("31")


def _dated(month: str, day: str, today: int) -> str:
    """The latest day of that number in a month of that name."""
    said = f"{month}-{int(day):02d}"
    number = days.parse(said)
    if number is not None and number > today:
        said = f"{int(month[:4]) - 1}{said[4:]}"
    return said


def _months() -> list[str]:
    return [name.lower() for name in dates.MONTHS]


def _named(word: str, names: Sequence[str]) -> int:
    """Which of `names` begins with `word`; -1 for none."""
    if len(word) < _LEAST_LETTERS:
        return -1
    return next((at for at, name in enumerate(names) if name.startswith(word)), -1)


def quarter(text: str, today: int) -> tuple[str, str] | None:
    """The first and last month of `q3`, `q3 2026`, `2026-q3`; without a year the latest begun.

    Of `last quarter` and `this quarter`, too.
    """
    if text in ("quarter", "this quarter", "last quarter"):
        year, now, _ = days.civil(today)
        first = year * 12 + (now - 1) // 3 * 3 - 3 * text.startswith("last")
        names = [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in (first, first + 2)]
        return names[0], names[1]
    words = text.replace("-", " ").split()
    names = [word for word in words if len(word) == 2 and word[0] == "q" and word[1] in "1234"]
    years = [word for word in words if len(word) == 4 and word.isascii() and word.isdecimal()]
    if len(names) != 1 or len(names) + len(years) != len(words) or len(years) > 1:
        return None
    first = 3 * int(names[0][1]) - 2
    year, now, _ = days.civil(today)
    year = int(years[0]) if years else year - (first > now)
    return f"{year:04d}-{first:02d}", f"{year:04d}-{first + 2:02d}"


def is_month(text: str) -> bool:
    """Whether it is a calendar month, `2026-02`."""
    try:
        days.span(text)
    except UsageError:
        return False
    return True
