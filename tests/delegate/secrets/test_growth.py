"""Four times the text takes four times the work, whatever it is of: sizes are compared."""

from __future__ import annotations

import base64
import random
import string
import time
from collections.abc import Callable

import pytest

from cheaproute.delegate.secrets import plain, scan
from cheaproute.delegate.secrets.rules import blocks, formats
from cheaproute.delegate.secrets.whole import runs, unexplained

_RNG = random.Random(400)
_ALNUM = string.ascii_letters + string.digits
READERS: dict[str, Callable[[str], object]] = {
    "plain": plain.text,
    "stores": formats.find,
    "runs": lambda text: list(runs.of(text)),
    "unexplained": lambda text: unexplained.find([text], blocks.Clock(60)),
}
UNITS = [
    *("a", "\n", '"', "'", "(", "[", '{"a":', "1", "12 ", "\xe9", "\u5bc6", "\u200b", "\x9d"),
    *("\x1b]", "\x1b[", "a\b", "password ", "key ", "://", "/a", "aQ7xB2mK9pLz4RtYwE8v "),
    *("0123456789abcdef ", "begin 644 x\nabc\n", "-----BEGIN ", "base64,", "sha of the "),
]
MADE: dict[str, Callable[[int], str]] = {
    "letters": lambda size: "".join(_RNG.choices(string.ascii_lowercase + " ", k=size)),
    "signs": lambda size: "".join(_RNG.choices(string.punctuation, k=size)),
    "base64": lambda size: base64.b64encode(_RNG.randbytes(size * 3 // 4)).decode(),
    "wrapped": lambda size: base64.encodebytes(_RNG.randbytes(size * 3 // 4)).decode(),
    "unicode": lambda size: "".join(chr(_RNG.randint(256, 12_000)) for _ in range(size)),
    "draws": lambda size: " ".join("".join(_RNG.choices(_ALNUM, k=40)) for _ in range(size // 41)),
}
SMALL, TIMES, MOST = 40_000, 4, 10
LEAST_S = 0.01  # so little says nothing


def _made(kind: str, size: int) -> str:
    if kind in MADE:
        return MADE[kind](size)
    return kind * (size // len(kind))


def _worked(reader: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    reader(text)
    return time.thread_time() - begun


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", [*UNITS, *MADE])
def test_work_grows_with_the_size(kind: str, name: str) -> None:
    """Of what sees a whole text, where no piece is a bound."""
    reader = READERS[name]
    small = min(_worked(reader, _made(kind, SMALL)) for _ in range(2))
    large = _worked(reader, _made(kind, SMALL * TIMES))
    assert large < max(small, LEAST_S) * MOST, (small, large)


def test_no_sign_costs_more_than_another() -> None:
    """What begins a terminal's title and never ends it, neither."""
    title, colour = (_worked(plain.text, sign * SMALL) for sign in ("\x9d", "\x9b"))
    assert title < max(colour, LEAST_S) * MOST


@pytest.mark.parametrize("kind", ["a ", "password ", "://", "draws"])
def test_what_is_begun_ends_with_the_time_there_is(kind: str) -> None:
    """Five million letters of one line: the work beyond it is a piece's, not the text's."""
    short, long = (_made(kind, size) for size in (100_000, 5_000_000))
    over = [_worked(lambda text: scan.find(text, 0.2), text) - 0.2 for text in (short, long)]
    assert scan.find(long, 0.2)
    assert over[1] < max(over[0], 0.2) * MOST
