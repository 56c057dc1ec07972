"""What some steps give together: every lever of the main loop in one replay, the rest beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from cheaproute.plan.evidence import decided
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay import sessions
from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.levers import CHEAPER
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.plan.replay.trim import Cut, trimmed
from cheaproute.plan.steps import (
    in_force,
    main_loop,
    output_limits,
    tool_outputs,
    wording,
)
from cheaproute.plan.steps.in_force import Client
from cheaproute.plan.steps.main_loop import Lever
from cheaproute.plan.steps.output_limits import CANDIDATES, STAYS, Limit
from cheaproute.plan.steps.step import Step

# Levers of subagents, whose calls no lever of the main loop touches.
_APART = ("agents-cache", "subagents")


class Desk:
    """Everything needed to say what some of the steps give, on top of what is in force."""

    def __init__(self, evidence: Evidence, client: Client) -> None:
        self._evidence = evidence
        self._tariffs = Tariffs(evidence.prices)
        self._haiku = evidence.model("haiku")
        self.whole = self._replays(sessions.of(evidence, self._tariffs))
        sonnet, day_nano = evidence.model("sonnet"), evidence.nano("keep_warm_usd")
        self.base = in_force.levers(client, sonnet, day_nano)
        own = in_force.by_itself(client)
        self.set = [one for one in self.base if one.name not in own]  # somebody may take it back
        self.candidates = main_loop.candidates(sonnet, day_nano, decided.keeps(client))
        self.levers: dict[str, Lever] = {}  # those that were taken
        self._stable: list[Step] | None = None  # steps of which each was looked at beside the rest
        self.limits: dict[str, Limit] = {}  # of outputs, those that were looked at
        self._cut: dict[tuple[object, ...], Replays] = {("", (), False): self.whole}
        self._digest = tool_outputs.NONE
        self._agents: dict[frozenset[tuple[int, str]], Replays] = {}

    def held(self) -> int:
        """What is in force already would have saved of those days."""
        return self.whole.saved(main_loop.levers(self.base))

    def agents(self, moved: Collection[tuple[int, str]]) -> Replays:
        """The subagents' own calls, without those (session, agent) that are `moved` elsewhere."""
        key = frozenset(moved)
        if key not in self._agents:
            chains = sessions.agents(self._evidence, self._tariffs, moved)
            self._agents[key] = self._replays(chains)
        return self._agents[key]

    def more(self, steps: Sequence[Step], client: Client, least: float) -> list[Step]:
        """The best lever of the main loop that pays beside `steps`, and only there; or none."""
        names = {one.lever for one in steps}
        gained = self.saved(steps) if steps else 0
        found = []
        for name in self.candidates:
            if name in names:
                continue
            if self.gain(name, steps) < least:
                continue
            one = wording.step(
                self.levers[name], self._evidence, self.whole, client, self.beside(steps)
            )
            if one is None or one.low < 0 or one.saves < least:
                continue
            if self.saved([*steps, one]) - gained >= least:
                found.append(replace(one, on_top=bool(steps)))
        return sorted(found, key=lambda one: (-one.saves, one.lever))[:1]

    def author(self, steps: Sequence[Step], client: Client, least: float) -> list[Step]:
        """Haiku as the one who sums up, where that is worth a step beside `steps`."""
        names = {one.lever for one in steps}
        if "handover" in names:
            return []
        found = wording.handover(self.beside(steps), self._evidence, self.whole, client)
        if found is None or found.saves < least or found.low < 0:
            return []
        self.levers["handover"] = Lever("handover", CHEAPER, {"author": CHEAPER})
        return [found]

    def digests(self) -> list[Step]:
        """A lower digest threshold, where it pays; at most one step."""
        found = tool_outputs.digests(self._evidence)
        if found is None:
            return []
        step, self._digest = found
        saves = self.saved([step])
        low = saves * step.low // max(1, step.saves)
        return [replace(step, saves=saves, low=low, high=saves)] if saves > 0 else []

    def limit(self, name: str, client: Client) -> Step | None:
        """A limit on outputs, where it pays; of limits that gain nearly as much the gentlest."""
        tried = CANDIDATES[name]
        known = client.get(tried[0].setting)
        stands = int(str(known)) if str(known).isdecimal() else None
        gains = [sum(self.by_session(self.cut("saves", [one]))) for one in tried]
        good = [one for one, gain in zip(tried, gains, strict=True)
                if gain > 0 and gain >= main_loop.NEARLY * max(gains)]  # fmt: skip
        if not good or (stands is not None and stands <= good[0].most):
            return None
        if decided.by(good[0].setting, client):
            return None
        self.limits[name] = good[0]
        saved = {place: self.by_session(self.cut(place, [good[0]])) for place in STAYS}
        return output_limits.step(good[0], known, self.whole, saved, self.base)

    def cut(self, place: str, limits: Sequence[Limit], *, digests: bool = False) -> Replays:
        """The chains with long outputs cut, and digests in the place of logs.

        `place`: how much of what is cut stays away, a key of `STAYS`.
        """
        key = (place if limits else "", tuple(limits), digests)
        if key not in self._cut:
            gone = self._digest.ids if digests else ()
            cuts = output_limits.cuts(self._evidence, STAYS[place], limits, gone) if limits else {}
            if digests:
                for call, (written, read, more) in self._digest.cuts.items():
                    known = cuts.get(call, Cut())
                    cuts[call] = Cut(known.written + written, known.read + read, known.more + more)
            self._cut[key] = self._replays([trimmed(one, cuts) for one in self.whole.chains])
        return self._cut[key]

    def by_itself(self, name: str) -> int:
        """The most that a lever of the main loop saves alone."""
        return max(
            sum(main_loop.by_session([one], self.whole, self.base)) for one in self.candidates[name]
        )

    def take(self, name: str, steps: Sequence[Step]) -> Lever:
        """The value of a lever of the main loop that is best beside `steps`."""
        stands = next((one for one in self.base if one.name == name), None)
        beside = [one for one in self.beside(steps) if one.name != name]
        self.levers[name] = main_loop.best(self.candidates[name], beside, self.whole, stands)
        return self.levers[name]

    def gain(self, name: str, steps: Sequence[Step]) -> int:
        """What the best value of a lever saves on top of `steps`, which is taken."""
        lever, beside = self.take(name, steps), self.beside(steps)
        return sum(main_loop.by_session([lever], self.whole, beside))

    def beside(self, steps: Sequence[Step]) -> list[Lever]:
        """The levers in force, and those of `steps`."""
        return [*self.base, *self._taken(steps)]

    def retuned(self, steps: Sequence[Step], client: Client, least: float) -> list[Step]:
        """`steps`, each lever of the main loop at the value that is best beside all the others.

        What counts on top of the others is counted anew, and goes where it is worth no step.
        """
        found = list(steps)
        if found == self._stable:
            return found
        for one in steps:
            before = self.levers.get(one.lever)
            if before is None:
                continue
            others = [known for known in found if known.lever != one.lever]
            if one.lever in self.candidates:
                lever = self.take(one.lever, found)
                if lever.value == before.value and not one.on_top:
                    continue
                base = self.beside(others if one.on_top else [])
                again = wording.step(lever, self._evidence, self.whole, client, base)
            else:
                again = wording.handover(self.beside(others), self._evidence, self.whole, client)
            place = next(n for n, known in enumerate(found) if known.lever == one.lever)
            if again is not None and again.low >= 0 and again.saves >= least:
                found[place] = replace(again, on_top=one.on_top)
            elif one.on_top:
                found.pop(place)
            else:
                self.levers[one.lever] = before
        if found == list(steps):
            self._stable = found
        return found

    def by_session(self, replays: Replays) -> list[int]:
        """What each session would have saved had it been as in `replays`, all else as now."""
        now = main_loop.levers(self.base)
        pairs = zip(self.whole.chains, self.whole.by_session(now), replays.chains,
                    replays.by_session(now), strict=True)  # fmt: skip
        return [a.cost - less - (b.cost - more) for a, less, b, more in pairs]

    def saved(self, steps: Sequence[Step]) -> int:
        """What `steps` save together."""
        return self.together(steps, ("saves",))[0]

    def together(
        self, steps: Sequence[Step], places: Sequence[str] = ("saves", "low", "high")
    ) -> tuple[int, ...]:
        """`(saves, low, high)` of `steps`, or those of them that `places` names."""
        taken, names = self._taken(steps), {one.lever for one in steps}
        found: list[int] = []
        for place in places:
            limits = [one for name, one in self.limits.items() if name in names]
            replays = self.cut(place, limits, digests="digests" in names)
            less = sum(self.by_session(replays))
            if place == "saves":
                less += sum(main_loop.by_session(taken, replays, self.base))
            else:
                less += main_loop.bounds(taken, replays, self.base)[1 if place == "low" else 2]
            rest = sum(getattr(one, place) for one in steps if one.lever in _APART)
            found.append(less + rest + (self._digest.apart if "digests" in names else 0))
        if len(found) == 1:
            return tuple(found)
        saves, low, high = found
        return saves, min(low, saves), max(high, saves)

    def week(
        self, steps: Sequence[Step], since_ms: int
    ) -> tuple[tuple[int, int, int], dict[str, int]]:
        """What the main loop's levers would have saved of the calls since then, and each alone."""
        chains = [sessions.since(chain, since_ms) for chain in self.whole.chains]
        replays = self._replays([chain for chain in chains if any(one.own for one in chain.links)])
        taken, alone = self._taken(steps), {}
        for one in steps:
            if (lever := self.levers.get(one.lever)) is not None:
                beside = [known for known in taken if known is not lever]
                base = [*self.base, *(beside if one.on_top else ())]
                alone[one.name] = sum(main_loop.by_session([lever], replays, base))
        return main_loop.bounds(taken, replays, self.base), alone

    def _taken(self, steps: Sequence[Step]) -> list[Lever]:
        return [self.levers[one.lever] for one in steps if one.lever in self.levers]

    def _replays(self, chains: Sequence[Chain]) -> Replays:
        return Replays(chains, self._tariffs, self._haiku)
