"""The spans of days that people type, for every command that takes one (hot path)."""

from __future__ import annotations

from cheaproute import days, errors
from cheaproute.errors import UsageError
from cheaproute.report import day_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = ("today", "yesterday", "week", "month", "year", "all")
FORMS = (
    "today, yesterday, week, month, year, all, 2026-02 (a month), 2026 (a year), "
    "7d (seven days), 2 weeks, 3 months, last week, last month, since 2026-02-01, "
    "2026-02-01..2026-02-10, monday, february, february 2026"
)
# What a refusal names of them.
FEW = "today, week, last month, 30d, 2026-02, since 2026-02-01, and more"
_LAST, _THIS = ("last", "previous", "prev"), ("this", "current")
_PERIODS = ("week", "month", "quarter", "year")
_WEEK, _MOST_DAYS = 7, 36_600
_MOST_BARE = 999  # from there on it is a year, or part of a date
_DIGITS = 4


class Range:
    """The days `first` to before `past`; `month` is "" where they are no calendar month.

    `name` is the word for it, where it has one: `today`, `this week`, `all`, `2026`.
    """

    __slots__ = ("first", "month", "name", "past")

    def __init__(self, first: int, past: int, *, month: str = "", name: str = "") -> None:
        self.first = first
        self.past = past
        self.month = month
        self.name = name


def of_month(month: str) -> Range:
    """A calendar month, `2026-02`.

    Raises:
        UsageError: it is none.
    """
    first, past = days.span(month)
    return Range(first, past, month=month)


def parse(
    words: Sequence[str], today: int, began: int | None = None, latest: int | None = None
) -> Range:
    """The days that `words` say, the running month where they are none.

    `began` is the day from which on there is anything, `latest` the last of them (a clock that was
    ahead dated some): `all` is from the one to the other.

    Raises:
        UsageError: they say none.
    """
    text = _apart(" ".join(words).replace("'", "").replace('"', "").strip().lower())
    if text in ("", "month", "this month"):
        return of_month(days.month_of(today))
    if text == "last month":
        return of_month(days.month_of(days.span(days.month_of(today))[0] - 1))
    if text in ("today", "yesterday"):
        day = today - (text == "yesterday")
        return Range(day, day + 1, name=text)
    if text == "week":
        return Range(today - _WEEK + 1, today + 1, name="the last seven days")
    if text in ("this week", "last week"):  # from Monday on, as calendars have it
        monday = today - (today + 3) % _WEEK
        first, past = (monday, today + 1) if text[0] == "t" else (monday - _WEEK, monday)
        return Range(first, past, name=text)
    if text == "all":
        past = max(today, today if latest is None else latest) + 1
        return Range(today if began is None else min(began, today), past, name=text)
    said, text = text, _days_back(day_names.in_digits(text, today))
    year = days.iso(today)[:4] if text in ("year", "this year") else text
    year = str(int(days.iso(today)[:4]) - 1) if text == "last year" else year
    if len(year) == 4 and year.isascii() and year.isdecimal():
        return Range(days.span(f"{year}-01")[0], days.span(f"{year}-12")[1], name=year)
    if day_names.is_month(text):
        return of_month(text)
    quarter = day_names.quarter(text, today)
    if quarter:
        return Range(days.span(quarter[0])[0], days.span(quarter[1])[1])
    if text in ("ytd", "year to date"):
        return Range(days.span(f"{days.iso(today)[:4]}-01")[0], today + 1)
    if months := _months_back(text):
        return Range(_before(today, months) + 1, today + 1)
    try:
        return _between(text, today, began)
    except _NoSpan as error:
        if error.text in said:
            raise
        raise _no_span(said) from None


def _apart(text: str) -> str:
    """`last month` for `lastmonth`, `last-month`, `previous month`; any other text as it is."""
    for word in _LAST + _THIS:
        end = text.removeprefix(word).lstrip(" -_")
        if end != text and end in _PERIODS:
            return f"{'last' if word in _LAST else 'this'} {end}"
    return text


def _days_back(text: str) -> str:
    """`7d` for `7 days`, `last 7 days` and `last 7d`; `14d` for `2 weeks` and `2w`."""
    words = text.removeprefix("last ").removeprefix("past ").split()
    if len(words) == 1 and words[0][-1:] == "w":
        words = [words[0][:-1], "weeks"]
    if len(words) == 2 and words[1] in ("day", "days", "week", "weeks") and words[0].isdecimal():
        number = int(words[0][:6]) * (_WEEK if words[1][0] == "w" else 1)
        words = [f"{number}d"]
    return words[0] if len(words) == 1 and _is_count(words[0]) else text


def _months_back(text: str) -> int:
    """How many months `3 months`, `last 3 months` and `past month` are; 0 for anything else."""
    words = text.removeprefix("last ").removeprefix("past ").split()
    if words == ["month"]:
        return 1
    counted = len(words) == 2 and words[1] in ("month", "months") and words[0].isascii()
    number = int(words[0]) if counted and words[0].isdecimal() and len(words[0]) <= _DIGITS else 0
    return number if number * 31 < _MOST_DAYS else 0


def _before(day: int, months: int) -> int:
    """The day so many months before; the last of a month that is too short for it."""
    year, month, number = days.civil(day)
    index = year * 12 + month - 1 - months
    first, past = days.span(f"{index // 12:04d}-{index % 12 + 1:02d}")
    return min(first + number, past) - 1


def _between(text: str, today: int, began: int | None) -> Range:
    """`7d`, a day, `since DAY`, `until DAY`, `DAY..DAY`."""
    text = text.replace(" until ", "..").replace(" to ", "..")
    for word in ("since ", "from "):
        if text.startswith(word):
            text = text[len(word) :]
            text = text if ".." in text else f"{text}.."
    if text.startswith("until "):
        text = f"..{text[6:]}"
    if ".." in text:
        start, _, end = (part.strip(" .") for part in text.partition(".."))
        if not start and not end:
            raise _no_span(text)
        past = _end(end, today) if end else today + 1
        oldest = past - 1 if began is None else min(began, past - 1)
        first = _start(start, today) if start else oldest
        past = past if end else max(past, first + 1)
        if first >= past:
            raise UsageError(f"{start} is after {end or 'today'}")
        return Range(first, past)
    first = _start(text, today)
    return Range(first, today + 1 if _is_count(text) else first + 1)


def meant(text: str, names: Sequence[str]) -> str:
    """The one of `names` that `text` or its first word is like, "" where there is none."""
    for word in (text, text.partition(" ")[0]):
        close = errors.near(word, names, 0.7)
        if close not in ("", word):
            return close
        swapped = [one for one in names if one[:1] == word[:1] and sorted(one) == sorted(word)]
        if swapped and word not in names:  # `cpa`: too short to be like anything by its letters
            return swapped[0]
    return ""


class _NoSpan(UsageError):
    """`text` names no days."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"{text!r} is no day or span: {why}")
        self.text = text


_OPEN = ("since", "until", "from")


def _no_span(text: str) -> _NoSpan:
    if "hour" in text or (text[-1:] == "h" and text[:-1].isdecimal()):
        return _NoSpan(text, "days are the least, like `today` or `2d`")
    if sum(map(str.isdigit, text)) > _DIGITS and not text.strip("0123456789-./"):
        return _NoSpan(text, "there is no such day or month; they are like 2026-02-28 and 2026-02")
    if "." in text and not text.strip("0123456789."):
        return _NoSpan(text, "a date has its year, like 28.2.2026")
    if text.isdecimal() and 0 < int(text) <= _MOST_BARE:
        return _NoSpan(text, f"did you mean `{int(text)}d`?")
    first, _, rest = text.partition(" ")
    if rest and (word := meant(first, _OPEN)):
        return _NoSpan(text, f"did you mean `{word} {rest}`?")
    word = meant(text, (*WORDS, *(f"{one} {two}" for one in ("last", "this") for two in _PERIODS)))
    word = "today" if text[:4] in ("tomo", "tomm") else word  # no day to come has a cost
    return _NoSpan(text, f"did you mean `{word}`?" if word else f"there are {FEW}")


def _start(text: str, today: int) -> int:
    """The first day of what `text` says."""
    if text in ("today", "yesterday"):
        return today - (text == "yesterday")
    if _is_count(text):
        return today - int(text[:-1]) + 1
    if named := _period(text, today):
        return named.first
    if day_names.is_month(text):
        return days.span(text)[0]
    day = days.parse(text)
    if day is None:
        raise _no_span(text)
    return day


def _end(text: str, today: int) -> int:
    """The day after what `text` says."""
    if named := _period(text, today):
        return named.past
    return days.span(text)[1] if day_names.is_month(text) else _start(text, today) + 1


def _period(text: str, today: int) -> Range | None:
    """`last month` and the like within a longer span; None for anything else."""
    word, _, period = _apart(text).partition(" ")
    return parse([word, period], today) if word in ("last", "this") and period in _PERIODS else None


def _is_count(text: str) -> bool:
    """Whether it is `7d`: so many days, today among them."""
    number = text[:-1]
    return (
        text[-1:] == "d"
        and number.isascii()
        and number.isdecimal()
        and len(number) < 6
        and 0 < int(number) < _MOST_DAYS
    )


def month_start(day: int) -> int:
    """The first day of the month in which `day` is."""
    return days.span(days.month_of(day))[0]
