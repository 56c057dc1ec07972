"""Sums of calls by model, and what a total of the client's has beyond them."""

from __future__ import annotations

from cheaproute.usage.call import COUNTS
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = len(COUNTS)
NOTHING = (0,) * (WIDTH + 1)
_WRITE, _HOUR = COUNTS.index("write_5m"), COUNTS.index("write_1h")


def alike(total: Sequence[int], amounts: Sequence[int]) -> tuple[int, ...]:
    """The sums `amounts` as the client's `total` of their model has them.

    One without writes for an hour need not split them by lifetime (2.1.286): there they are one.
    """
    if total[_HOUR]:
        return tuple(amounts)
    writes = amounts[_WRITE] + amounts[_HOUR]
    return (*amounts[:_WRITE], writes, 0, *amounts[_HOUR + 1 :])


def beyond(total: Sequence[int], amounts: Sequence[int]) -> tuple[int, ...]:
    """What the client's `total` of a model has beyond `amounts`, nothing below 0."""
    return tuple(max(0, a - b) for a, b in zip(total, alike(total, amounts), strict=True))


def fits(total: Sequence[int], amounts: Sequence[int]) -> bool:
    """Whether no count of `amounts` is above its like in the client's `total` of a model."""
    theirs = alike(total, amounts)[:WIDTH]
    return all(mine >= other for mine, other in zip(total[:WIDTH], theirs, strict=True))


class Total:
    """By model, the six counts and nano-dollars of a number of calls.

    `inexact` are the models for which our price of a call need not be the client's.
    """

    __slots__ = ("calls", "inexact", "sums")

    def __init__(self) -> None:
        self.sums: dict[str, tuple[int, ...]] = {}
        self.inexact: set[str] = set()
        self.calls = 0

    def of(self, model: str) -> tuple[int, ...]:
        """The seven sums of `model`."""
        return self.sums.get(model, NOTHING)

    def add(self, model: str, amounts: Sequence[int]) -> None:
        """Add the seven `amounts` to those of `model`, in any of its spellings."""
        name = canonical(model)
        self.sums[name] = tuple(a + b for a, b in zip(self.of(name), amounts, strict=True))

    def plus(self, other: Total) -> Total:
        """The sum of both."""
        both = Total()
        for part in (self, other):
            both.calls += part.calls
            both.inexact |= part.inexact
            for model, amounts in part.sums.items():
                both.add(model, amounts)
        return both

    def minus(self, other: Total) -> Total:
        """What this has beyond `other`, nothing below 0."""
        rest = Total()
        for model, amounts in self.sums.items():
            rest.sums[model] = beyond(amounts, other.of(model))
        return rest

    def covers(self, other: Total) -> bool:
        """Whether no count of `other` is above its like here."""
        return all(fits(self.of(model), amounts) for model, amounts in other.sums.items())

    def is_just(self, other: Total) -> bool:
        """Whether all counts of `other` are this client's total's."""
        return self.covers(other) and not any(
            any(amounts[:WIDTH]) for amounts in self.minus(other).sums.values()
        )
