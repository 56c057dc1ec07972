"""The three figures routing is held to, with their confidence intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cheaproute.routing.decision import OPEN, TIERS

ANSWERS = (*TIERS, OPEN)


@dataclass(frozen=True)
class Score:
    """Counts over tasks: `confusion[(needed, sent)]`."""

    confusion: dict[tuple[str, str], int]

    def count(self, needed: Sequence[str], sent: Sequence[str] = ANSWERS) -> int:
        """How many tasks that needed one of `needed` were sent to one of `sent`."""
        return sum(self.confusion.get((n, s), 0) for n in needed for s in sent)

    @property
    def unsafe(self) -> tuple[int, int]:
        """Tasks sent to Haiku that needed more, of those that needed more."""
        return self.count(TIERS[1:], TIERS[:1]), self.count(TIERS[1:])

    @property
    def captured(self) -> tuple[int, int]:
        """Haiku's tasks sent to Haiku, of all of them."""
        return self.count(TIERS[:1], TIERS[:1]), self.count(TIERS[:1])

    @property
    def exact(self) -> tuple[int, int]:
        """Tasks sent to just the tier they needed, of all."""
        return sum(self.count([tier], [tier]) for tier in TIERS), self.count(TIERS)

    def line(self) -> str:
        """The three figures on one line."""
        return "   ".join(
            f"{name} {part(*value)}"
            for name, value in (
                ("unsafe", self.unsafe),
                ("captured", self.captured),
                ("exact", self.exact),
            )
        )

    def table(self) -> str:
        """The confusion of tiers: a row for each that was needed."""
        rows = ["needed \\ sent " + "".join(f"{tier:>8}" for tier in ANSWERS)]
        for needed in TIERS:
            cells = "".join(f"{self.confusion.get((needed, sent), 0):>8}" for sent in ANSWERS)
            rows.append(f"{needed:<14}{cells}")
        return "\n".join(rows)


def score(needed: Sequence[str], sent: Sequence[str]) -> Score:
    """The score of sending tasks that need `needed` to `sent`."""
    return Score(dict(Counter(zip(needed, sent, strict=True))))


def part(some: int, of: int) -> str:
    """`3/95 = 3.2 % [1.1, 8.9]`: the share with its 95 % interval."""
    low, high = interval(some, of)
    return f"{some}/{of} = {100 * some / max(of, 1):.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def interval(some: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share = some / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
