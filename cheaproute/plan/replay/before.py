"""Sessions as they would have been without the plan: the contexts that it made small, whole again.

What a compaction or a hand-over took away is added to each later prompt, read from the cache, or
written where the cache had gone; what a cheaper model answered goes back to the model before.
"""

from __future__ import annotations

from typing import NamedTuple

from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.usage.cache import FIVE_MINUTES_MS, life_ms

# The client compacts by itself at about so many tokens, whatever anybody set.
WHOLE = 967_000
# The client compacts a little before a window is full.
_NEAR = 0.8


class Before(NamedTuple):
    """Nano-dollars: what the session cost, what it would have, and of that the model's price."""

    spent: int
    before: int
    model: int


def without(chain: Chain, tariffs: Tariffs, *, past: int, model: str) -> Before:
    """`chain` with whole contexts, and its cheaper answers on `model` ("": none).

    `past` is the prompt past which the plan makes a context small (0: it does not): what shrinks
    before that, or near the client's own limit, was not its doing.
    """
    total = of_model = added = before = 0
    life = FIVE_MINUTES_MS
    before_ms = 0
    for link in chain.links:
        written = link.write_5m + link.write_1h
        prompt = link.fresh + written + link.read
        gone = before - prompt
        shrunk = 2 * prompt < before
        if shrunk:
            ours = bool(past) and before >= _NEAR * past and before + added < WHOLE
            added = added + gone if ours else 0
        if prompt + added > WHOLE:
            added = 0
        tariff = link.tariff
        if model and "sonnet" in tariff.model:
            tariff = tariffs.of(model, link.call) or tariff
        counts = [link.fresh, link.output, link.write_5m, link.write_1h, link.read]
        if added and shrunk and link.ts_ms - before_ms <= life:
            # It would have read all of it, and written nothing that it had.
            counts[2:] = [0, 0, link.read + written + added]
        elif added and link.read * 2 < prompt:
            hour = link.write_1h * 2 >= written
            counts[3 if hour else 2] += added
        else:
            counts[4] += added
        cost = tariff.nano(*counts) + link.searches
        if link.own:
            total += cost
            of_model += tariff.nano(*counts) - link.tariff.nano(*counts)
        if written:
            life = life_ms(link.write_5m, link.write_1h)
        before, before_ms = prompt, link.ts_ms
    return Before(chain.cost, total, of_model)
