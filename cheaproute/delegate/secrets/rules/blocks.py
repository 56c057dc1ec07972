"""Foreign text as the scanner sees it: in pieces of bounded length, against the clock.

No rule ever sees more than one piece, so that none can take longer than a piece is worth.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

PIECE = 6_000
# What stands across a cut is seen whole in the next piece, up to this length.
OVERLAP = 600


class TooSlow(Exception):
    """The text could not be looked through in time."""


class Clock:
    """The time there is, of this thread's own: a busy machine makes no text dangerous."""

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    def check(self) -> None:
        """Raise `TooSlow` when it is over."""
        if time.thread_time() > self._end:
            raise TooSlow


class Piece:
    """A piece of text, as it is and in lower case."""

    __slots__ = ("low", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        low = text.lower()
        self.low = low if len(low) == len(text) else text  # places have to be the same in both


class Rule:
    """A kind of secret: a pattern, looked for only where one of `needles` stands at all."""

    __slots__ = ("kind", "needles", "pattern")

    def __init__(self, kind: str, needles: str, pattern: str, flags: int = 0) -> None:
        """`needles` are in lower case, a blank between."""
        self.kind = kind
        self.needles = tuple(needles.split())
        self.pattern = re.compile(pattern, flags)

    def finds(self, piece: Piece) -> Iterator[re.Match[str]]:
        """All places."""
        low = piece.low
        for needle in self.needles:  # a loop takes half as long as `any` of them
            if needle in low:
                yield from self.pattern.finditer(piece.text)
                return


def pieces(text: str, clock: Clock) -> Iterator[Piece]:
    """The text cut at line ends where there are any, overlapping where there are none."""
    place, end = 0, len(text)
    while place < end:
        clock.check()
        stop = min(place + PIECE, end)
        if stop < end:
            newline = text.rfind("\n", place + PIECE // 2, stop)
            if newline > 0:
                yield Piece(text[place : newline + 1])
                # Some lines are seen twice: a block may stand across the cut.
                back = text.rfind("\n", max(newline - OVERLAP, place), newline)
                place = (back if back > place else newline) + 1
                continue
        yield Piece(text[place:stop])
        if stop == end:
            return
        place = stop - OVERLAP
