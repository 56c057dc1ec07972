"""What the same calls would have cost on other models, with what the prompt cache does.

A cache belongs to one model: the first call after a switch writes the whole prompt anew, but for
what that model still has from before. Haiku's price step at 100,000 prompt tokens comes with the
price table. Assumed: the same prompts and answers, token for token.
"""

from __future__ import annotations

from collections.abc import Sequence

from cheaproute.plan.evidence.records import Spent
from cheaproute.usage import prices as pricing
from cheaproute.usage.call import Call
from cheaproute.usage.prices import Prices

FIVE_MINUTES_MS, HOUR_MS = 300_000, 3_600_000


def replay(chain: Sequence[Spent], models: Sequence[str], prices: Prices) -> list[int | None]:
    """The cost of each call of one context, oldest first, had call `i` run on `models[i]`.

    A chain on its own models costs exactly what the ledger has. None where a price is unknown.
    """
    costs: list[int | None] = []
    caches: dict[str, tuple[int, int]] = {}  # model -> (tokens, good until)
    astray = False
    before_real = before_now = ""
    life = FIVE_MINUTES_MS
    for spent, model in zip(chain, models, strict=True):
        call = spent.call
        real = call.model
        if call.write_1h or call.write_5m:
            life = HOUR_MS if call.write_1h >= call.write_5m else FIVE_MINUTES_MS
        cached = call.read + call.write_5m + call.write_1h
        # As long as nothing has differed, and where neither history switches, the split of the
        # prompt into read and written is the real one.
        stays = model == before_now and real == before_real
        read = None
        if (astray or model != real) and before_real and not stays:
            tokens, until = caches.get(model, (0, 0))
            read = tokens if call.ts_ms <= until and tokens <= cached else 0
        astray = astray or model != real
        if model == real and read is None:
            costs.append(spent.cost)
        else:
            costs.append(cost(call, model, prices, read=read, hour=life == HOUR_MS))
        caches[model] = (cached, call.ts_ms + life)
        before_real, before_now = real, model
    return costs


def cost(
    call: Call, model: str, prices: Prices, *, read: int | None = None, hour: bool = False
) -> int | None:
    """What `call` would cost on `model`; `read` of its cacheable prompt came from the cache.

    Fast mode is of the model that ran and does not move along. From an older tokenizer to a newer
    one the tokens are taken as 1.35 times as many, the most published; the other way as the same.
    """
    twin = Call(call.id, call.ts_ms, model, geo=call.geo, service_tier=call.service_tier)
    twin.web_search = call.web_search
    twin.speed = call.speed if model == call.model else ""
    counts = list(call.counts()[:5])
    if read is not None:
        cached = counts[2] + counts[3] + counts[4]
        written = cached - min(read, cached)
        counts[2:5] = [0, written, cached - written] if hour else [written, 0, cached - written]
    percent = _growth(call.model, model, prices)
    counts = [count * percent // 100 for count in counts]
    twin.input, twin.output, twin.write_5m, twin.write_1h, twin.read = counts
    return pricing.cost_nano(twin, prices)


def total(costs: Sequence[int | None], real: Sequence[Spent]) -> int:
    """The sum of `costs`; what has no price on either side counts as it stands in the ledger."""
    return sum(
        (spent.cost or 0) if cost is None or spent.cost is None else cost
        for cost, spent in zip(costs, real, strict=True)
    )


def whole(chain: Sequence[Spent], model: str, prices: Prices) -> int:
    """The cost of a context of its own (a subagent's) had all of it run on `model`."""
    return total(replay(chain, [model] * len(chain), prices), chain)


def _growth(ran: str, other: str, prices: Prices) -> int:
    of, to = prices.of(ran), prices.of(other)
    return 135 if of and to and of.tokenizer < to.tokenizer else 100
