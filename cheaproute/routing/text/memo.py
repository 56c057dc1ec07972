"""What was made of a word once need not be made again in the same process."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Made = TypeVar("Made")

_MOST = 10_000


class Memo(dict[str, "Made"]):
    """What `make` makes of each word looked up; most come again in the next text.

    It never holds more than ten thousand.
    """

    __slots__ = ("make",)

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, word: str) -> Made:
        """What is made of a word that did not come before."""
        if len(self) >= _MOST:
            self.clear()
        made = self[word] = self.make(word)
        return made
