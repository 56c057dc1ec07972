"""Many replays of the same chains: each setting once, in sums and by session."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from cheaproute.days import DAY_MS
from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.engine import Engine, Replayed
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
            made = [engine.replay(chain) for chain in self.chains]
            if levers.pings and levers.ping_day_nano is not None:
                for place, allowed in _cut_off(made, levers.ping_day_nano).items():
                    made[place] = engine.replay(self.chains[place], allowed)
            pairs = zip(self.chains, made, strict=True)
            self._known[levers] = [chain.cost - one.nano for chain, one in pairs]
        return self._known[levers]

    def saved(self, levers: Levers) -> int:
        """What all chains together would have saved; less than nothing where it costs more."""
        return sum(self.by_session(levers))


def _cut_off(made: Sequence[Replayed], day_nano: int) -> dict[int, dict[int, int]]:
    """Of the sessions (by place) whose pings a day's limit cuts off, those that are sent, by pause.

    All sessions' pings go by one purse, in order of time; a pause that lost one gets no more.
    """
    pings = sorted(
        (event.ts_ms + number * event.every_ms, place, event.ts_ms, event.ping_nano)
        for place, one in enumerate(made)
        for event in one.events
        for number in range(1, event.pings + 1)
    )
    spent: Counter[int] = Counter()
    sent: dict[int, dict[int, int]] = {}
    over: set[tuple[int, int]] = set()
    for at_ms, place, pause, nano in pings:
        day = at_ms // DAY_MS
        if (place, pause) in over or spent[day] + nano > day_nano:
            over.add((place, pause))
            continue
        spent[day] += nano
        known = sent.setdefault(place, {})
        known[pause] = known.get(pause, 0) + 1
    return {place: sent.get(place, {}) for place in {place for place, _ in over}}


def spread(saved: Sequence[int]) -> int:
    """How far the sum may be off at 95 %, had the sessions been others of the same kind."""
    n = len(saved)
    if n < 2:
        return abs(sum(saved))  # one session is no measure of the next
    mean = sum(saved) / n
    variance = sum((one - mean) ** 2 for one in saved) / (n - 1)
    return round(_Z95 * math.sqrt(n * variance))
