"""A session's main loop under other settings; with none changed, its bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.levers import Levers, Rules
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.plan.replay.walk import Event, Walk


class Replayed(NamedTuple):
    """What the session's own calls cost in the replay, and what was done in it."""

    nano: int
    events: tuple[Event, ...]


class Engine:
    """Replays chains under one setting of the levers."""

    def __init__(self, levers: Levers, tariffs: Tariffs, haiku: str) -> None:
        self._rules = Rules(levers, tariffs, haiku)
        self._everywhere = bool(levers.pings or levers.ttl_ms or levers.model)

    def replay(self, chain: Chain, allowed: Mapping[int, int] | None = None) -> Replayed:
        """`chain` under the levers; `allowed` are pings by the call (`ts_ms`) that they follow."""
        least = self._rules.least
        if not self._everywhere and (not least or chain.longest <= least):
            return Replayed(chain.cost, ())
        walk = Walk(chain, self._rules, allowed)
        place = 0
        while place < len(chain.links):
            past = walk.passed(place)
            if past == place:
                walk.step(place)
                past += 1
            place = past
        walk.end()
        return Replayed((walk.cents + 50) // 100, tuple(walk.events))
