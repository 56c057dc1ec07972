"""What a bill is made of: the main loop's reading, writing and answers, and all that is beside."""

from __future__ import annotations

from collections.abc import Iterable

from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay.chain import Chain

READ, WRITTEN, ANSWERS, OTHER = "cache reads", "cache writes", "answers", "other"
LONG, COLD = "in contexts over 200,000 tokens", "written again after a pause or a change"
ADVISOR, REST = "advisor calls", "the main loop's other calls"
# The calls that are no main loop's, by source.
BESIDE = {
    "subagent": "subagents",
    "delegated": "delegated calls",
    "unlisted": "not in transcripts",
    "tracked": "tracked calls",
    "helper": "helpers",
}
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


def whole(evidence: Evidence, chains: Iterable[Chain]) -> dict[str, int]:
    """Nano-dollars by part of all that was spent, and last `LONG` and `COLD`, parts of these.

    `REST` is what no chain holds: another model's answer after a refusal, what came on top of a
    message's totals, days that are kept as totals only.
    """
    found = parts(chains)
    looked = {name: found.pop(name) for name in (LONG, COLD)}
    chained = sum(found.values())
    found[ADVISOR] = sum(
        one.cost or 0
        for one in evidence.spent
        if one.source == "main" and "#advisor" in one.call.id
    )
    found[REST] = evidence.before.get("main", 0) - chained - found[ADVISOR]
    for source, nano in evidence.before.items():
        if source != "main":
            found[BESIDE.get(source, source)] = nano
    return {name: nano for name, nano in found.items() if nano} | looked
