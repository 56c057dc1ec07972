"""The words of `cheaproute cap` as people type them, in the place of options."""

from __future__ import annotations

from collections.abc import Sequence

from cheaproute import errors, money
from cheaproute.cap import periods
from cheaproute.errors import UsageError

_FILLING = (
    *("a", "per", "each", "every", "the", "this", "in", "for", "to", "of", "and"),
    *("cap", "limit", "usd", "dollar", "dollars", "$"),
)
# Whose options take the amount, and whose only name the cap.
_WITH_AMOUNT, _NAMING = ("set",), ("raise", "unset")
_NAMED = ("--session", "--month", "--day")
_OFF = ("off", "none", "remove", "delete", "clear", "disable")
_ALL = (["all"], ["--all"], ["all", "caps"])


def in_options(words: Sequence[str]) -> list[str]:
    """`set day 30`, `set 30 a day`, `set daily 30` as `set --day 30`; `raise 5 day` likewise.

    `off` and what else people call it is `unset`.
    """
    action, *rest = words or [""]
    action = "unset" if action in _OFF else action
    if action not in (*_WITH_AMOUNT, *_NAMING):
        return list(words)
    if action == "unset" and [word.lower() for word in rest] in _ALL:
        return [action]
    parts = [part for word in rest for part in word.replace("/", " ").split()]
    said = [
        word
        for before, word in zip(["", *parts], parts, strict=False)
        if word.lower() not in _FILLING or before.startswith("-")
    ]
    _no_slips(said)
    periods_said = sum(word.lower() in periods.WORDS for word in said)
    if sum(map(money.is_meant, said)) > periods_said and any(
        map(_is_between, said, said[1:], said[2:])
    ):
        return list(words)  # which of the two it is, nobody can tell
    found = [action]
    free = [
        at
        for at, (before, word) in enumerate(zip(["", *said], said, strict=False))
        if money.is_meant(word) and before not in _NAMED
    ]
    naming = action in _NAMING and not free[1:]
    if naming and free:  # argparse looks for it there alone
        said.insert(0, said.pop(free[0]))
    while said:
        word = said.pop(0)
        name = periods.WORDS.get(word.lower(), "")
        if naming:
            found.append(f"--{name}" if name else word)
        elif found[-1].startswith("--"):  # its value
            found.append(word)
        elif name and said and money.is_meant(said[0]):
            found += [f"--{name}", said.pop(0)]
        elif money.is_meant(word) and said and said[0].lower() in periods.WORDS:
            found += [f"--{periods.WORDS[said.pop(0).lower()]}", word]
        else:
            found.append(f"--{name}" if name else word)
    return found


def _no_slips(words: Sequence[str]) -> None:
    """See to it that no word is meant for a period and is none.

    Raises:
        UsageError: one is.
    """
    for before, word in zip(["", *words], words, strict=False):
        if before in _NAMED or word.startswith("-") or word.lower() in periods.WORDS:
            continue
        like = errors.near(word.lower(), periods.WORDS)
        if like and word.isalpha():
            raise UsageError(f"`{word}` is no period: did you mean `{like}`?")


def _is_between(before: str, word: str, after: str) -> bool:
    return word.lower() in periods.WORDS and money.is_meant(before) and money.is_meant(after)
