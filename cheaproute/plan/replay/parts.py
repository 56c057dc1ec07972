"""What a main loop's bill is made of: reading, writing, answers, and where that was avoidable."""

from __future__ import annotations

from collections.abc import Iterable

from cheaproute.plan.replay.chain import Chain

READ, WRITTEN, ANSWERS, OTHER = "cache reads", "cache writes", "answers", "other"
LONG, COLD = "in contexts over 200,000 tokens", "written again after a pause or a change"
_LONG = 200_000
_COLD_AFTER = 5_000


def parts(chains: Iterable[Chain]) -> dict[str, int]:
    """Nano-dollars by part; the last two are shares of the first four, looked at another way."""
    found = dict.fromkeys((READ, WRITTEN, ANSWERS, OTHER, LONG, COLD), 0)
    for chain in chains:
        before = 0
        for link in chain.links:
            prompt = link.fresh + link.write_5m + link.write_1h + link.read
            if link.own:
                high = bool(link.tariff.above and prompt > link.tariff.above)
                rates = link.tariff.high if high else link.tariff.base
                points = link.tariff.basis_points
                unit = 1_000_000 * 10_000
                read = link.read * rates[4] * points // unit
                written = (link.write_5m * rates[2] + link.write_1h * rates[3]) * points // unit
                answer = link.output * rates[1] * points // unit
                found[READ] += read
                found[WRITTEN] += written
                found[ANSWERS] += answer
                found[OTHER] += link.cost - read - written - answer
                if prompt > _LONG:
                    found[LONG] += link.cost
                if before > _COLD_AFTER and 2 * link.read < before:
                    found[COLD] += written
            before = prompt
    return found
