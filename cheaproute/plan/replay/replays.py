"""Many replays of the same chains: each setting once, in sums and by session."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.engine import Engine
from cheaproute.plan.replay.levers import Levers
from cheaproute.plan.replay.tariff import Tariffs

_Z95 = 1.96


class Replays:
    """Chains, and what they would have cost."""

    def __init__(self, chains: Sequence[Chain], tariffs: Tariffs, haiku: str) -> None:
        self.chains = chains
        self.cost = sum(chain.cost for chain in chains)
        self._tariffs = tariffs
        self._haiku = haiku
        self._known: dict[Levers, list[int]] = {}

    def by_session(self, levers: Levers) -> list[int]:
        """What each chain would have saved."""
        if levers not in self._known:
            engine = Engine(levers, self._tariffs, self._haiku)
            self._known[levers] = [chain.cost - engine.replay(chain).nano for chain in self.chains]
        return self._known[levers]

    def saved(self, levers: Levers) -> int:
        """What all chains together would have saved; less than nothing where it costs more."""
        return sum(self.by_session(levers))


def spread(saved: Sequence[int]) -> int:
    """How far the sum may be off at 95 %, had the sessions been others of the same kind."""
    n = len(saved)
    if n < 2:
        return abs(sum(saved))  # one session is no measure of the next
    mean = sum(saved) / n
    variance = sum((one - mean) ** 2 for one in saved) / (n - 1)
    return round(_Z95 * math.sqrt(n * variance))
