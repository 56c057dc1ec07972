"""Sessions as they would have been without the plan: the contexts that it made small, whole again.

What a compaction or a hand-over took away is added to each later prompt, read from the cache, or
written where the cache had gone; what a cheaper model answered goes back to the model before.
"""

from __future__ import annotations

from typing import NamedTuple

from cheaproute.days import HOUR_MS
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


def without(chain: Chain, tariffs: Tariffs, *, past: int, model: str, lived_ms: int = 0) -> Before:
    """`chain` with whole contexts, and its cheaper answers on `model` ("": none).

    `past` is the prompt past which the plan makes a context small (0: it does not): what shrinks
    before that, or near the client's own limit, was not its doing. `lived_ms` is how long its cache
    lived before (0: as now).
    """
    total = of_model = added = before = 0
    life = FIVE_MINUTES_MS
    before_ms = 0
    for link in chain.links:
        five, one, read = link.write_5m, link.write_1h, link.read
        written = five + one
        prompt = link.fresh + written + read
        gap = link.ts_ms - before_ms
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
        cold = 2 * read < prompt
        if lived_ms and before and not shrunk:
            if cold and life < gap <= lived_ms:
                read, cold = min(before, written + read), False
            elif gap > lived_ms:
                read, cold = 0, True
        new = prompt - link.fresh - read
        if added and shrunk and gap <= (lived_ms or life):
            new, read = 0, read + new + added  # read whole, and nothing written that it had
        elif added and cold:
            new += added
        else:
            read += added
        if lived_ms:
            five, one = (0, new) if lived_ms == HOUR_MS else (new, 0)
        elif not new:
            five = one = 0
        elif one * 2 >= written:
            one += new - written
        else:
            five += new - written
        counts = (link.fresh, link.output, five, one, read)
        cost = tariff.nano(*counts) + link.searches
        if link.own:
            total += cost
            of_model += tariff.nano(*counts) - link.tariff.nano(*counts)
        if written:
            life = life_ms(link.write_5m, link.write_1h)
        before, before_ms = prompt, link.ts_ms
    return Before(chain.cost, total, of_model)
