"""The calls of a chain in columns and running sums: what goes on as before is passed over.

Most calls of a session do: seconds after the one before, the cache read, the context a little
longer. What such a stretch costs, with some tokens of its context gone, is a difference of sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cheaproute.days import HOUR_MS
from cheaproute.plan.replay.tariff import Tariff, Tariffs
from cheaproute.usage.cache import FIVE_MINUTES_MS, ping_interval_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.plan.replay.chain import Link

# A prompt of which less than half was read, after one of more than so many tokens, is a cold one.
COLD_AFTER = 5_000
_SHORT_MS = ping_interval_ms(FIVE_MINUTES_MS)

Share = tuple[int, int]  # of so many tokens written (the second) so many for an hour (the first)


class Sums(NamedTuple):
    """A chain on one model, its cache living so long: sums of the calls before each.

    In nano-dollars, what they cost, and what a token less read by each would; apart for those that
    a newer tokenizer makes longer. `tariffs` is by call; at the `uneven` ones it is no sum.
    """

    cost: Sequence[int]
    token: Sequence[int]
    newer_cost: Sequence[int]
    newer_token: Sequence[int]
    tariffs: Sequence[Tariff]
    uneven: frozenset[int]

    def cents(self, first: int, past: int, dropped: int, growth: int) -> int:
        """Hundredths of a nano-dollar of these calls without `dropped` tokens that each read."""
        now = self.cost[past] - self.cost[first]
        newer = self.newer_cost[past] - self.newer_cost[first]
        if dropped:
            now -= dropped * (self.token[past] - self.token[first])
            newer -= dropped * (self.newer_token[past] - self.newer_token[first])
        return 100 * now + growth * newer


class Tape:
    """A chain's calls: `prompts` and `reads` in tokens, `shares` written last up to each.

    `added` are the tokens that each prompt adds to what stood at the end of the call before.
    """

    __slots__ = ("_ends", "_links", "_sums", "added", "prompts", "reads", "shares")

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = links
        self.reads = [link.read for link in links]
        self.prompts = [link.fresh + link.write_5m + link.write_1h + link.read for link in links]
        self.added = _added(links, self.prompts)
        self.shares: list[Share] = []
        share = (0, 1)
        for link in links:
            written = link.write_5m + link.write_1h
            share = (link.write_1h, written) if written else share
            self.shares.append(share)
        self._ends: dict[tuple[bool, frozenset[int]], list[int]] = {}
        self._sums: dict[tuple[str | None, int], Sums] = {}

    def ends(self, uneven: frozenset[int], *, asked: bool) -> Sequence[int]:
        """By call, the first from it on with which something else begins than went on before.

        `asked`: that is another kind of prompt, too. What is `uneven` is never passed over.
        """
        key = (asked, uneven)
        if key not in self._ends:
            found = [len(self._links)] * (len(self._links) + 1)
            on = [*self._goes_on(asked=asked)]
            for place in range(len(self._links) - 1, -1, -1):
                goes_on = on[place] and place not in uneven
                found[place] = found[place + 1] if goes_on else place
            self._ends[key] = found
        return self._ends[key]

    def bills(self) -> Sums:
        """The calls as they were."""
        if (None, 0) not in self._sums:
            rows = [(link.tariff, link.cost, 0) for link in self._links]
            self._sums[None, 0] = self._added(rows, ())
        return self._sums[None, 0]

    def on(self, model: str, ttl_ms: int, tariffs: Tariffs) -> Sums:
        """The calls on `model` ("": each on its own), their cache living so long (0: as it did)."""
        if (model, ttl_ms) not in self._sums:
            rows, uneven = [], []
            for place, link in enumerate(self._links):
                tariff: Tariff | None = link.tariff
                if model and model != link.call.model:
                    tariff = tariffs.of(model, link.call)
                if tariff is None or not self._is_even(place, tariff):
                    uneven.append(place)
                    rows.append((tariff or link.tariff, 0, 0))
                    continue
                five, one = link.write_5m, link.write_1h
                if ttl_ms:
                    five, one = (0, five + one) if ttl_ms == HOUR_MS else (five + one, 0)
                nano = tariff.nano(link.fresh, link.output, five, one, link.read)
                rows.append((tariff, nano + link.searches, tariff.token_read))
            self._sums[model, ttl_ms] = self._added(rows, uneven)
        return self._sums[model, ttl_ms]

    def _is_even(self, place: int, tariff: Tariff) -> bool:
        """Whether a token less of the call always makes the same difference."""
        newer = tariff.tokenizer > self._links[place].tariff.tokenizer
        below = not newer and self.prompts[place] <= tariff.above
        return tariff.even and (not tariff.above or below)

    def _added(self, rows: Sequence[tuple[Tariff, int, int]], uneven: Sequence[int]) -> Sums:
        costs, tokens, newer_costs, newer_tokens = [0], [0], [0], [0]
        cost = token = newer_cost = newer_token = 0
        for link, (tariff, nano, read) in zip(self._links, rows, strict=True):
            if not link.own:
                pass
            elif tariff.tokenizer > link.tariff.tokenizer:
                newer_cost += nano
                newer_token += read
            else:
                cost += nano
                token += read
            costs.append(cost)
            tokens.append(token)
            newer_costs.append(newer_cost)
            newer_tokens.append(newer_token)
        prices = [row[0] for row in rows]
        return Sums(costs, tokens, newer_costs, newer_tokens, prices, frozenset(uneven))

    def _goes_on(self, *, asked: bool) -> Iterator[bool]:
        """Of each call, whether it only goes on from the one before."""
        yield False
        for place, (last, link) in enumerate(pairwise(self._links), 1):
            before, prompt = self.prompts[place - 1 : place + 1]
            cold = before > COLD_AFTER and 2 * link.read < before
            other = asked and (
                link.tier != last.tier
                or link.planned != last.planned
                or link.call.model != last.call.model
            )
            yield not (
                cold
                or other
                or link.begins
                or not before
                or 2 * prompt < before
                or link.ts_ms - last.ts_ms >= _SHORT_MS
            )


def _added(links: Sequence[Link], prompts: Sequence[int]) -> list[int]:
    """Of each prompt the tokens that the call before had not sent.

    It is what the prompt is longer by, or all of one less than half as long, which starts anew, but
    no token read from the cache. What was not even written to it is new; a chain that knows no
    cache sends all fresh, and one of its prompts that is not longer does not go on from the last.
    """
    cached = any(link.read or link.write_5m or link.write_1h for link in links)
    found = []
    before = 0
    for link, prompt in zip(links, prompts, strict=True):
        anew = 2 * prompt < before if cached else prompt <= before
        new = min(prompt if anew else max(0, prompt - before), prompt - link.read)
        found.append(max(new, link.fresh) if cached else new)
        before = prompt
    return found
