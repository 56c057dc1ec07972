"""The steps that pay, best first, and what all of them give together; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cheaproute.days import DAY_MS
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay import sessions
from cheaproute.plan.replay.levers import CHEAPER
from cheaproute.plan.replay.parts import parts
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.plan.replay.trim import trimmed
from cheaproute.plan.steps import main_loop, routing_rules, tool_outputs, wording
from cheaproute.plan.steps.main_loop import Lever
from cheaproute.plan.steps.step import Case, Step
from cheaproute.plan.steps.wording import Client

MOST = 5
# Of what lies beyond an output's limit, so much stays away for good: the rest is asked for again.
_CUT_PERCENT = 50
# Levers whose savings neither add to those of the main loop nor take from them.
_APART = ("agents-cache", "digests", "subagents")


@dataclass(frozen=True, slots=True)
class Plan:
    """The looked-at days and the steps; nano-dollars of those days."""

    first: int
    past: int
    spent: int
    main_loop: int
    unpriced: int
    went: Mapping[str, int]
    steps: tuple[Step, ...]
    saves: int
    low: int
    high: int
    notes: tuple[str, ...]


class _Desk:
    """Everything needed to say what some of the steps give together."""

    def __init__(self, evidence: Evidence) -> None:
        tariffs = Tariffs(evidence.prices)
        haiku = evidence.model("haiku")
        chains = sessions.of(evidence, tariffs)
        self.whole = Replays(chains, tariffs, haiku)
        self._rest = (evidence, tariffs, haiku)
        self._trimmed: dict[int, Replays] = {0: self.whole}
        self.candidates = main_loop.candidates(evidence.model("sonnet"))
        self.levers: dict[str, Lever] = {}  # those that were taken

    def author(self, steps: Sequence[Step], client: Client, least: float) -> list[Step]:
        """Haiku as the one who sums up, where that is worth a step beside `steps`."""
        chosen = [self.levers[one.lever] for one in steps if one.lever in self.levers]
        found = wording.handover(chosen, self.whole, client)
        if found is None or found.saves < least:
            return []
        self.levers["handover"] = Lever("handover", CHEAPER, {"author": CHEAPER})
        return [found]

    def agents(self, evidence: Evidence) -> Replays:
        """The subagents' own calls."""
        _, tariffs, haiku = self._rest
        return Replays(sessions.agents(evidence, tariffs), tariffs, haiku)

    def cut(self, percent: int) -> Replays:
        """The chains with so much of the long outputs away."""
        if percent not in self._trimmed:
            evidence, tariffs, haiku = self._rest
            cuts = tool_outputs.cuts(evidence, percent)
            chains = [trimmed(chain, cuts) for chain in self.whole.chains]
            self._trimmed[percent] = Replays(chains, tariffs, haiku)
        return self._trimmed[percent]

    def by_itself(self, name: str) -> int:
        """The most that a lever of the main loop saves alone."""
        found = main_loop.best(self.candidates[name], [], self.whole)
        return self.whole.saved(main_loop.levers([found]))

    def take(self, name: str, steps: Sequence[Step]) -> Lever:
        """The value of a lever of the main loop that is best beside `steps`."""
        chosen = [self.levers[one.lever] for one in steps if one.lever in self.levers]
        self.levers[name] = main_loop.best(self.candidates[name], chosen, self.whole)
        return self.levers[name]

    def saved(self, steps: Sequence[Step]) -> int:
        """What `steps` save together."""
        chosen = [self.levers[one.lever] for one in steps if one.lever in self.levers]
        replays = self.cut(_CUT_PERCENT if any(one.lever == "outputs" for one in steps) else 0)
        rest = sum(one.saves for one in steps if one.lever in _APART)
        less = self.whole.cost - replays.cost
        return rest + less + replays.saved(main_loop.levers(chosen))

    def together(self, steps: Sequence[Step]) -> tuple[int, int, int]:
        """`(saves, low, high)` of `steps`."""
        chosen = [self.levers[one.lever] for one in steps if one.lever in self.levers]
        cut = any(one.lever == "outputs" for one in steps)
        found = []
        for percent, place in ((_CUT_PERCENT, 0), (0, 1), (100, 2)):
            replays = self.cut(percent if cut else 0)
            less = self.whole.cost - replays.cost
            found.append(less + main_loop.bounds(chosen, replays)[place])
        rest = [one for one in steps if one.lever in _APART]
        saves, low, high = (
            nano + sum(getattr(one, name) for one in rest)
            for nano, name in zip(found, ("saves", "low", "high"), strict=True)
        )
        return saves, min(low, saves), max(high, saves)


def propose(evidence: Evidence, client: Client) -> Plan:
    """The plan of the days of `evidence`; `client` are the settings in force now."""
    desk = _Desk(evidence)
    spent = sum(evidence.before.values())
    least = evidence.setting("min_usd") * 1e9 * evidence.days / 30
    routing = evidence.settings["routing"]
    promoted, routing = routing_rules.promote(evidence, routing)
    demoted, _ = routing_rules.demote(evidence, routing)
    apart = [*demoted, *tool_outputs.digests(evidence), _outputs(desk, client)]
    if not demoted and not promoted:  # else the same dollars would be saved twice
        apart.append(wording.agents_cache(desk.agents(evidence), client))
    tried: list[tuple[int, str, Step | None]] = [
        (desk.by_itself(name), name, None) for name in desk.candidates
    ]
    tried += [(one.saves, one.lever, one) for one in apart if one]
    steps: list[Step] = []
    room = MOST - min(2, len(promoted))
    gained = 0
    for most, name, ready in sorted(tried, key=lambda one: (-one[0], one[1])):
        if most < least or len(steps) == room:
            break
        one = ready or wording.step(desk.take(name, steps), evidence, desk.whole, client)
        if one is None or one.low < 0:  # what may cost more than it saves is nobody's advice
            continue
        if (more := desk.saved([*steps, one]) - gained) >= least:
            steps.append(one)
            gained += more
    if len(steps) < room and any(one.lever == "window" for one in steps):
        steps += desk.author(steps, client, least)
    steps.sort(key=lambda one: (-one.saves, one.lever))
    steps += promoted[: MOST - len(steps)]
    saves, low, high = desk.together(steps) if steps else (0, 0, 0)
    return Plan(
        first=evidence.past - evidence.days,
        past=evidence.past,
        spent=spent,
        main_loop=evidence.before.get("main", 0),
        unpriced=evidence.unpriced,
        went=parts(desk.whole.chains),
        steps=tuple(steps),
        saves=min(saves, spent),
        low=low,
        high=min(high, spent),
        notes=evidence.notes,
    )


def changes(steps: Sequence[Step]) -> tuple[dict[str, object], dict[str, object]]:
    """Claude Code's settings and ours that `steps` write: one window for two that need it."""
    settings: dict[str, object] = {}
    config: dict[str, object] = {}
    for one in steps:
        for key, value in one.settings.items():
            known = settings.get(key)
            both = isinstance(known, int) and isinstance(value, int) and key == wording.WINDOW
            settings[key] = min(int(str(known)), int(str(value))) if both else value
        for key, value in one.config.items():
            known = config.get(key)
            if isinstance(value, Mapping):
                config[key] = {**(known if isinstance(known, Mapping) else {}), **value}
            else:
                config[key] = value
    return settings, config


def _outputs(desk: _Desk, client: Client) -> Step | None:
    key, after = "bashOutputMaxChars", tool_outputs.BASH_CHARS
    known = client.get(key)
    if isinstance(known, int) and known <= after:
        return None
    half, all_ = desk.cut(_CUT_PERCENT), desk.cut(100)
    cases = [
        Case(a.session, a.links[-1].ts_ms // DAY_MS, "commands", a.cost - b.cost)
        for a, b in zip(desk.whole.chains, half.chains, strict=True)
        if a.cost != b.cost
    ]
    if not cases:
        return None
    return Step(
        lever="outputs",
        title=f"keep {after:,} characters of a command's output",
        setting=key,
        before=known,
        after=after,
        saves=desk.whole.cost - half.cost,
        low=0,
        high=desk.whole.cost - all_.cost,
        risk="the model may run a command again to see the rest",
        doubts=("half of what is cut is asked for again; elsewhere fewer tokens cost more",),
        cases=tuple(sorted(cases, key=lambda one: (-one.nano, one.session))),
        settings={key: after},
    )
