"""A session's main loop under other settings, call by call; with none changed, its bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cheaproute.days import HOUR_MS
from cheaproute.plan.replay.chain import Chain, Link
from cheaproute.plan.replay.levers import (
    CHEAPER,
    HAIKU,
    MAIN,
    Levers,
)
from cheaproute.plan.replay.tariff import Tariff, Tariffs
from cheaproute.usage.cache import FIVE_MINUTES_MS, life_ms, ping_interval_ms

COMPACTED, HANDED_OVER, KEPT_WARM, SWITCHED = "compacted", "handed over", "kept warm", "switched"
# A prompt of which less than half was read, after one of more than so many tokens, is a cold one.
_COLD_AFTER = 5_000
# What a ping asks and is answered besides the prompt that it reads. Tokens.
_PING_FRESH, _PING_OUTPUT = 50, 10


class Event(NamedTuple):
    """Something that the replay did before a call and the session did not.

    Of pings: how many, how far apart, what each cost.
    """

    ts_ms: int
    kind: str
    prompt: int
    pings: int = 0
    every_ms: int = 0
    ping_nano: int = 0


class Replayed(NamedTuple):
    """What the session's own calls cost in the replay, and what was done in it."""

    nano: int
    events: tuple[Event, ...]


class Engine:
    """Replays chains under one setting of the levers."""

    def __init__(self, levers: Levers, tariffs: Tariffs, haiku: str) -> None:
        self.levers = levers
        self.tariffs = tariffs
        self.haiku = haiku
        self._windows = levers.compact_of
        limits = [levers.compact, levers.cold, levers.task]
        limits += [limit for _, limit in levers.compact_of]
        self.least = min((limit for limit in limits if limit), default=0)
        self._everywhere = bool(levers.pings or levers.ttl_ms or levers.model)

    def replay(self, chain: Chain, allowed: Mapping[int, int] | None = None) -> Replayed:
        """`chain` under the levers; `allowed` are pings by the call (`ts_ms`) that they follow."""
        if not self._everywhere and (not self.least or chain.longest <= self.least):
            return Replayed(chain.cost, ())
        return _walk(chain, self, allowed)

    def window(self, model: str) -> int:
        """The prompt past which a context on `model` is compacted; 0: never."""
        return next((n for family, n in self._windows if family in model), self.levers.compact)

    def written(
        self, link: Link, tariff: Tariff, prompt: int, hour: Share, *, cold: bool, handed: bool
    ) -> int:
        """What the text that a context starts again from costs, by its author."""
        levers = self.levers
        author = levers.cold_author if handed else levers.author
        costs = []
        if author in (MAIN, CHEAPER):
            five, one = _mixed(prompt, hour) if cold else (0, 0)
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


Share = tuple[int, int]  # of so many tokens written (the second) so many for an hour (the first)


def _walk(  # noqa: PLR0915 - one loop, on purpose
    chain: Chain, engine: Engine, allowed: Mapping[int, int] | None
) -> Replayed:
    levers, choose = engine.levers, engine.levers.model
    after = levers.kept + (levers.reread if levers.stays else 0)
    total = dropped = before = before_now = before_ms = 0
    life_real = life = FIVE_MINUTES_MS
    hour: Share = (0, 1)
    events: list[Event] = []
    caches: dict[str, tuple[int, int]] = {}
    model_real = model = ""
    diverged = False
    tariff = last = None
    timed = bool(levers.pings or levers.ttl_ms)
    sizes_only = not timed and choose is None
    for place, link in enumerate(chain.links):
        ts_ms, fresh, output, write_5m, write_1h, read, bill, searches, own, tariff, call, *_ = link
        written = write_5m + write_1h
        prompt = fresh + written + read
        if sizes_only and not dropped and prompt <= engine.least:  # as it was
            total += own * bill
            hour = (write_1h, written) if written else hour
            before, before_now, before_ms, last = prompt, prompt, ts_ms, tariff
            continue
        gap = ts_ms - before_ms
        if sizes_only:
            life = life_ms(hour[1] - hour[0], hour[0])
        if dropped and (2 * prompt < before or prompt - dropped < levers.kept):
            dropped = 0  # the session has shrunk by itself
        cold = was_cold = before > _COLD_AFTER and 2 * read < before
        reach = life
        if timed and before and last is not None:
            sent = engine.pings(gap, life, before_now)
            if own and sent and allowed is not None:
                sent = min(sent, allowed.get(before_ms, 0))
            if own and sent:
                events.append(_pinged(before_ms, before_now, sent, life, last))
                total += sent * events[-1].ping_nano
            if sent:
                reach += sent * ping_interval_ms(life)
            if was_cold and gap > life_real:
                cold = gap > reach
            elif not was_cold and life < life_real:
                cold = before > _COLD_AFTER and gap > reach
        ran_out = cold and gap > reach  # time took it, and the module can tell
        switched = astray = False
        if choose is not None:
            want = choose(link, ran_out or not before, model)
            found = engine.tariffs.of(want, call) if want != call.model else tariff
            want, tariff = (want, found) if found is not None else (call.model, tariff)
            diverged = diverged or want != call.model
            switched = diverged and bool(model) and want != model
            if diverged and not switched and was_cold and call.model != model_real and gap <= life:
                cold = False  # it was cold for a switch that is not made here
            cold = cold or switched
            astray = want != call.model or switched
            model, model_real = want, call.model
        if written:
            hour = (write_1h, written)
        if levers.ttl_ms:
            hour = (1, 1) if levers.ttl_ms == HOUR_MS else (0, 1)
        now = prompt - dropped
        gone = ran_out if levers.paused else cold
        handed = bool(levers.cold and gone and now > levers.cold)
        window = engine.window(tariff.model) if levers.compact_of else levers.compact
        begins = levers.task and now > levers.task and link.begins
        full = window and now > window
        if full and levers.patient and not begins:
            full = not any(2 * _prompt(one) < prompt for one in chain.links[place + 1 : place + 3])
        if handed or begins or full:
            events.append(Event(ts_ms, HANDED_OVER if handed else COMPACTED, now))
            author = last or tariff
            cost = engine.written(link, author, now, hour, cold=cold, handed=handed)
            five, one = _mixed(levers.kept + levers.reread, hour)
            cost += _nano(tariff, link, levers, (0, output, five, one, 0)) + searches
            dropped = prompt - after
            now = levers.kept + levers.reread
        elif not (dropped or astray or cold != was_cold or levers.ttl_ms):
            cost = bill
        else:
            left = _less(fresh, write_5m, write_1h, read, dropped)
            fresh, write_5m, write_1h, read = left
            cacheable = write_5m + write_1h + read
            if switched:
                tokens, until = caches.get(model, (0, 0))
                read = tokens if ts_ms <= until and tokens <= cacheable else 0
                write_5m, write_1h = _mixed(cacheable - read, hour)
                events.append(Event(ts_ms, SWITCHED, now))
            elif cold != was_cold:
                read = 0 if cold else min(before_now, cacheable)
                write_5m, write_1h = _mixed(cacheable - read, hour)
            elif levers.ttl_ms:
                write_5m, write_1h = _mixed(write_5m + write_1h, hour)
            counts = (fresh, output, write_5m, write_1h, read)
            cost = _nano(tariff, link, levers, counts) + searches
        if own:
            total += cost
        if timed or choose is not None:
            life_real = life_ms(link.write_5m, link.write_1h) if written else life_real
            life = levers.ttl_ms or life_real
        if choose is not None:
            caches[model] = (max(0, now - fresh), ts_ms + life)
        before, before_now, before_ms, last = prompt, now, ts_ms, tariff
    if levers.pings and last is not None and chain.links[-1].own:
        sent = engine.pings(levers.pings * ping_interval_ms(life), life, before_now)
        if allowed is not None:
            sent = min(sent, allowed.get(before_ms, 0))
        if sent:
            events.append(_pinged(before_ms, before_now, sent, life, last))
            total += sent * events[-1].ping_nano
    return Replayed(total, tuple(events))


def _prompt(link: Link) -> int:
    return link.fresh + link.write_5m + link.write_1h + link.read


def _pinged(ts_ms: int, prompt: int, sent: int, life: int, tariff: Tariff) -> Event:
    nano = tariff.nano(_PING_FRESH, _PING_OUTPUT, 0, 0, prompt)
    return Event(ts_ms, KEPT_WARM, prompt, sent, ping_interval_ms(life), nano)


def _nano(tariff: Tariff, link: Link, levers: Levers, counts: tuple[int, ...]) -> int:
    """The price of `counts`, more of them where the tokenizer of `tariff` is newer."""
    if levers.growth_percent != 100 and tariff.tokenizer > link.tariff.tokenizer:
        counts = tuple(count * levers.growth_percent // 100 for count in counts)
    return tariff.nano(*counts)


def _less(
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


def _mixed(tokens: int, hour: Share) -> tuple[int, int]:
    """`tokens` written, by how long they are kept: five minutes, an hour."""
    one = tokens * hour[0] // hour[1]
    return tokens - one, one
