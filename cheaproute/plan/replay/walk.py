"""A walk through a session's calls under other settings, with what each of them leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cheaproute.days import HOUR_MS
from cheaproute.plan.replay.chain import Chain, Link
from cheaproute.plan.replay.levers import Rules, less, mixed
from cheaproute.plan.replay.tape import COLD_AFTER, Share, Sums
from cheaproute.plan.replay.tariff import Tariff
from cheaproute.usage.cache import FIVE_MINUTES_MS, life_ms, ping_interval_ms

COMPACTED, HANDED_OVER, KEPT_WARM, SWITCHED = "compacted", "handed over", "kept warm", "switched"
# What a ping asks and is answered besides the prompt that it reads. Tokens.
_PING_FRESH, _PING_OUTPUT = 50, 10
_NO_LIMIT = 1 << 62


class Event(NamedTuple):
    """Something that was done before a call.

    Of pings: how many, how far apart, what each cost.
    """

    ts_ms: int
    kind: str
    prompt: int
    pings: int = 0
    every_ms: int = 0
    ping_nano: int = 0


class Walk:
    """`cents` are hundredths of a nano-dollar, so that sums of any stretch are the same."""

    def __init__(self, chain: Chain, rules: Rules, allowed: Mapping[int, int] | None) -> None:
        levers = rules.levers
        self._links, self._tape = chain.links, chain.tape
        self._rules, self._levers, self._allowed = rules, levers, allowed
        self._timed = bool(levers.pings or levers.ttl_ms)
        self._sizes_only = not self._timed and levers.model is None
        self.cents = 0
        self.events: list[Event] = []
        self._dropped = 0  # tokens of the real prompt that are gone
        # The call before: its real prompt, its prompt here, when, at what price.
        self._before = self._before_now = self._before_ms = 0
        self._last: Tariff | None = None
        self._life_real = self._life = FIVE_MINUTES_MS
        self._hour: Share = (0, 1)
        self._model_real = self._model = ""
        self._diverged = False  # from the models that really ran
        self._caches: dict[str, tuple[int, int]] = {}

    def passed(self, place: int) -> int:
        """The first call from `place` on that has to be looked at: until there all goes on."""
        tape, levers, dropped = self._tape, self._levers, self._dropped
        prompts, reads, past = tape.prompts, tape.reads, place
        if self._sizes_only and not dropped:  # as it was, warm or cold
            sums, least, end = tape.bills(), self._rules.least, len(prompts)
            while past < end and prompts[past] <= least:
                past += 1
        if place and past == place:
            sums = self._sums()
            by_model = levers.model is not None or bool(levers.compact_of)
            end = tape.ends(sums.uneven, asked=by_model)[place]
            limit = self._rules.window(sums.tariffs[place].model) or _NO_LIMIT
            low, high = dropped + levers.kept if dropped else 0, limit + dropped
            while past < end and low <= prompts[past] <= high and reads[past] >= dropped:
                past += 1
        if past > place:
            self.cents += sums.cents(place, past, dropped, levers.growth_percent)
            share = tape.shares[past - 1]
            self._hour = self._hour if levers.ttl_ms else share
            self._leave(past - 1, prompts[past - 1] - dropped, sums.tariffs[past - 1], share)
        return past

    def _sums(self) -> Sums:
        """The calls on the model and with the cache that are in use."""
        ttl_ms = self._levers.ttl_ms
        if self._model != self._model_real:
            return self._tape.on(self._model, ttl_ms, self._rules.tariffs)
        if self._dropped or ttl_ms:
            return self._tape.on("", ttl_ms, self._rules.tariffs)
        return self._tape.bills()

    def _leave(self, place: int, now: int, tariff: Tariff, share: Share) -> None:
        """Note what the call at `place` leaves behind; `share` is what was written last."""
        link = self._links[place]
        if not self._sizes_only:
            self._life_real = life_ms(share[1] - share[0], share[0])
            self._life = self._levers.ttl_ms or self._life_real
            if self._levers.model is not None:
                self._caches[self._model] = (max(0, now - link.fresh), link.ts_ms + self._life)
        self._before, self._before_now = self._tape.prompts[place], now
        self._before_ms, self._last = link.ts_ms, tariff

    def step(self, place: int) -> None:
        """One call: what is done before it, and what it costs."""
        link, levers, rules = self._links[place], self._levers, self._rules
        fresh, write_5m, write_1h, read = link.fresh, link.write_5m, link.write_1h, link.read
        written, prompt = write_5m + write_1h, self._tape.prompts[place]
        if self._sizes_only:
            self._life = life_ms(self._hour[1] - self._hour[0], self._hour[0])
        shrunk = 2 * prompt < self._before or prompt - self._dropped < levers.kept
        if shrunk:  # by itself
            self._dropped = 0
        was_cold = self._before > COLD_AFTER and 2 * read < self._before
        gap = link.ts_ms - self._before_ms
        cold, reach = self._waited(link, gap, cold=was_cold)
        ran_out = cold and gap > reach  # time took it, and the module can tell
        tariff, switched = link.tariff, False
        if levers.model is not None:
            tariff, switched = self._chosen(link, ran_out=ran_out)
            apart = self._diverged and not switched and link.call.model != self._model_real
            if apart and was_cold and gap <= self._life:
                cold = False  # it was cold for a switch that is not made here
            cold = cold or switched
            self._model_real = link.call.model
        astray = switched or self._model != self._model_real
        if written:
            self._hour = (write_1h, written)
        if levers.ttl_ms:
            self._hour = (1, 1) if levers.ttl_ms == HOUR_MS else (0, 1)
        now = prompt - self._dropped
        done = self._made_small(place, now, tariff, cold=cold, ran_out=ran_out)
        if done is not None:
            cents, now = done
            self._dropped = prompt - now + (0 if levers.stays else levers.reread)
        elif not (self._dropped or astray or cold != was_cold or levers.ttl_ms):
            cents = 100 * link.cost
        else:
            parts = less(fresh, write_5m, write_1h, read, self._dropped)
            if switched:
                self.events.append(Event(link.ts_ms, SWITCHED, now))
            counts = self._cached(link, parts, switched=switched, cold=cold, was_cold=was_cold)
            cents = rules.cents(tariff, link, counts) + 100 * link.searches
        self.cents += link.own * cents
        self._leave(place, now, tariff, self._tape.shares[place])

    def _waited(self, link: Link, gap: int, *, cold: bool) -> tuple[bool, int]:
        """Whether the cache is cold at `link`, and how long after its last use it still was there.

        Pings that went out meanwhile are paid for.
        """
        life, life_real = self._life, self._life_real
        if not (self._timed and self._before and self._last is not None):
            return cold, life
        sent = self._rules.pings(gap, life, self._before_now)
        if link.own:
            sent = self._pinged(sent, self._last)
        reach = life + sent * ping_interval_ms(life)
        if cold and gap > life_real:
            return gap > reach, reach
        if not cold and life < life_real:
            return self._before > COLD_AFTER and gap > reach, reach
        return cold, reach

    def _pinged(self, sent: int, tariff: Tariff) -> int:
        """How many of so many pings after the last call were allowed: they are paid for."""
        if sent and self._allowed is not None:
            sent = min(sent, self._allowed.get(self._before_ms, 0))
        if sent:
            nano = tariff.nano(_PING_FRESH, _PING_OUTPUT, 0, 0, self._before_now)
            every_ms = ping_interval_ms(self._life)
            told = self._before_ms, KEPT_WARM, self._before_now, sent, every_ms, nano
            self.events.append(Event(*told))
            self.cents += 100 * sent * nano
        return sent

    def _chosen(self, link: Link, *, ran_out: bool) -> tuple[Tariff, bool]:
        """At what price the call is made, by the model chosen for it; whether that is a switch."""
        own, before = link.call.model, self._model
        choose = self._levers.model
        want = choose(link, ran_out or not self._before, before) if choose is not None else own
        tariff = self._rules.tariffs.of(want, link.call) if want != own else link.tariff
        if tariff is None:
            want, tariff = own, link.tariff
        self._diverged = self._diverged or want != own
        self._model = want
        return tariff, self._diverged and bool(before) and want != before

    def _made_small(
        self, place: int, now: int, tariff: Tariff, *, cold: bool, ran_out: bool
    ) -> tuple[int, int] | None:
        """What the call costs, and its prompt, where it starts from a summary; else None.

        What the call adds is sent whatever was done before it. Where nothing says that the levers
        wait for the end of a call, they look at its prompt as it is, and at a session's first as
        if it had been there before.
        """
        link, levers, rules = self._links[place], self._levers, self._rules
        added = self._tape.added[place]
        stood = now - added
        gone = ran_out if levers.paused else cold
        handed = bool(levers.cold and gone and (stood if levers.paused else now) > levers.cold)
        begins = bool(levers.task and stood > levers.task and link.begins)
        window = rules.window(tariff.model)
        full = bool(window and (stood if levers.patient else now) > window)
        if full and levers.patient and not begins:
            later = self._tape.prompts[place + 1 : place + 3]
            full = not any(2 * one < self._tape.prompts[place] for one in later)
        if not (handed or begins or full):
            return None
        waits = levers.paused if handed else begins or levers.patient
        if not (waits or self._before):
            added = 0
        # Beside the summary, what is kept has room for what the call adds; if not, it is more.
        more = max(0, levers.summary + added - levers.kept)
        small = levers.kept + levers.reread + more
        if more and small >= now:
            return None
        held = stood if waits else now
        self.events.append(Event(link.ts_ms, HANDED_OVER if handed else COMPACTED, held))
        author = self._last or tariff
        nano = rules.written(link, author, held, self._hour, cold=cold, handed=handed)
        fresh = min(more, link.fresh)
        counts = (fresh, link.output, *mixed(small - fresh, self._hour), 0)
        return 100 * (nano + link.searches) + rules.cents(tariff, link, counts), small

    def _cached(
        self,
        link: Link,
        parts: tuple[int, int, int, int],
        *,
        switched: bool,
        cold: bool,
        was_cold: bool,
    ) -> tuple[int, int, int, int, int]:
        """The call's counts, its prompt's `parts` read and written as they would have been."""
        fresh, write_5m, write_1h, read = parts
        cacheable = write_5m + write_1h + read
        if switched:
            tokens, until = self._caches.get(self._model, (0, 0))
            read = tokens if link.ts_ms <= until and tokens <= cacheable else 0
        elif cold != was_cold:
            read = 0 if cold else min(self._before_now, cacheable)
        if switched or cold != was_cold or self._levers.ttl_ms:
            write_5m, write_1h = mixed(cacheable - read, self._hour)
        return fresh, link.output, write_5m, write_1h, read

    def end(self) -> None:
        """After the last call nobody comes back: the pings of that pause."""
        levers, life = self._levers, self._life
        if levers.pings and self._last is not None and self._links[-1].own:
            pause_ms = levers.pings * ping_interval_ms(life)
            self._pinged(self._rules.pings(pause_ms, life, self._before_now), self._last)
