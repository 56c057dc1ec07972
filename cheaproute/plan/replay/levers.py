"""The settings that a replay can change, each alone or any of them together, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cheaproute.plan.replay.chain import Link
from cheaproute.plan.replay.tape import Share
from cheaproute.plan.replay.tariff import Tariff, Tariffs
from cheaproute.usage.cache import ping_interval_ms

MAIN, HAIKU, CHEAPER = "main", "haiku", "cheaper"


@dataclass(frozen=True, slots=True)
class Levers:
    """What is changed; as it stands, nothing.

    `compact` is the prompt (tokens) past which a context is compacted, `compact_of` the same by
    model where one differs; `patient`: as the client does, which looks at what stood at the end of
    the call before, and not where the session compacts by itself a call or two later. `task` is the
    context past which it is compacted before a piece of work that has nothing to do with the one
    before; `cold` is the prompt past which a context whose cache has gone starts from a hand-over
    instead, `paused`: by what stood before the pause, and only where time took the cache (and
    neither another model nor a changed beginning). What a call adds is sent in it, too. 0 is
    never. The text in between, of `summary` tokens, is written by the main model, by Haiku, or by
    the one that is cheaper each time: `author` for a compaction, `cold_author` for a hand-over.
    Then the context holds `kept` tokens, and `reread` more are written once because the work needs
    them again; `stays`: they remain.

    `pings` go out at most after each last use of a cache, where the context holds `warm_from`
    tokens or more; on a day (UTC) they may cost `ping_day_nano` in all, None: whatever they do.
    `ttl_ms` is the life of the main loop's cache, 0: as it was. `model` gives the model of a call
    (its own id: as it was), the same for those that go on warm with the same model of their own and
    the same kind of prompt; a switch writes the prompt to that model's cache. `growth_percent` is
    what a newer tokenizer makes of 100 tokens of an older one.
    """

    compact: int = 0
    compact_of: tuple[tuple[str, int], ...] = ()
    patient: bool = False
    task: int = 0
    cold: int = 0
    paused: bool = False
    author: str = MAIN
    cold_author: str = HAIKU
    kept: int = 25_000
    summary: int = 4_000
    reread: int = 15_000
    stays: bool = False
    pings: int = 0
    warm_from: int = 0
    ping_day_nano: int | None = None
    ttl_ms: int = 0
    model: Callable[[Link, bool, str], str] | None = None
    growth_percent: int = 100


class Rules:
    """One setting of the levers, and the prices."""

    def __init__(self, levers: Levers, tariffs: Tariffs, haiku: str) -> None:
        self.levers = levers
        self.tariffs = tariffs
        self.haiku = haiku
        self._windows = levers.compact_of
        limits = [levers.compact, levers.cold, levers.task]
        limits += [limit for _, limit in levers.compact_of]
        self.least = min((limit for limit in limits if limit), default=0)

    def window(self, model: str) -> int:
        """The prompt past which a context on `model` is compacted; 0: never."""
        if self._windows:
            return next((n for family, n in self._windows if family in model), self.levers.compact)
        return self.levers.compact

    def written(
        self, link: Link, tariff: Tariff, prompt: int, hour: Share, *, cold: bool, handed: bool
    ) -> int:
        """What the text that a context starts again from costs, by its author."""
        levers = self.levers
        author = levers.cold_author if handed else levers.author
        costs = []
        if author in (MAIN, CHEAPER):
            five, one = mixed(prompt, hour) if cold else (0, 0)
            read = 0 if cold else prompt
            costs.append(tariff.nano(0, levers.summary, five, one, read))
        if author in (HAIKU, CHEAPER):
            other = self.tariffs.of(self.haiku, link.call)
            if other is not None:
                costs.append(other.nano(prompt, levers.summary, 0, 0, 0))
        return min(costs) if costs else tariff.nano(0, levers.summary, 0, 0, prompt)

    def pings(self, gap_ms: int, life: int, prompt: int) -> int:
        """How many pings go out in a pause of `gap_ms` after a prompt of so many tokens."""
        if not self.levers.pings or prompt < max(1, self.levers.warm_from):
            return 0
        return min(self.levers.pings, gap_ms // ping_interval_ms(life))

    def cents(self, tariff: Tariff, link: Link, counts: tuple[int, ...]) -> int:
        """The price of `counts` in hundredths of a nano-dollar.

        They are more where the tokenizer of `tariff` is newer than the one that counted.
        """
        growth = self.levers.growth_percent
        if growth == 100 or tariff.tokenizer <= link.tariff.tokenizer:
            return 100 * tariff.nano(*counts)
        if tariff.even and not tariff.above:
            return growth * tariff.nano(*counts)
        return 100 * tariff.nano(*(count * growth // 100 for count in counts))


def less(
    fresh: int, write_5m: int, write_1h: int, read: int, dropped: int
) -> tuple[int, int, int, int]:
    """The prompt's parts without `dropped` tokens of it: read ones first, then written ones."""
    taken = min(dropped, read)
    read -= taken
    dropped -= taken
    if dropped:
        written = write_5m + write_1h
        taken = min(dropped, written)
        fresh -= min(fresh, dropped - taken)
        if written:
            five = write_5m * (written - taken) // written
            write_5m, write_1h = five, written - taken - five
    return fresh, write_5m, write_1h, read


def mixed(tokens: int, hour: Share) -> tuple[int, int]:
    """`tokens` written, by how long they are kept: five minutes, an hour."""
    one = tokens * hour[0] // hour[1]
    return tokens - one, one
