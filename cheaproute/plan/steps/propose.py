"""The steps that pay, best first, and what all of them give together; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import NamedTuple

from cheaproute.plan.evidence import decided, effort, stayed
from cheaproute.plan.evidence.decided import WINDOW
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay import agent_runs, parts
from cheaproute.plan.steps import choice, in_force, max_unsafe, routing_rules, wording
from cheaproute.plan.steps.desk import Desk
from cheaproute.plan.steps.in_force import Client
from cheaproute.plan.steps.output_limits import CANDIDATES as LIMITS
from cheaproute.plan.steps.step import Step, Undone, Write, writes


class Week(NamedTuple):
    """The week since `since_ms`: what it cost, and what the steps would have saved of it.

    `steps` is by name, of those whose lever is the main loop's.
    """

    since_ms: int
    spent: int
    saves: int
    low: int
    high: int
    steps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The looked-at days and the steps; nano-dollars of those days.

    `held` names the levers that are in force already, `held_nano` is what they would have made of
    those days; the steps count what comes on top. `by_itself` are those of them that nobody has
    set: Claude Code does so. `better` are steps that may cost more than they save, for the quality
    of the work, `later` are those for which there was no room: they are in no sum.
    `stayed`: how many subagents were left where they were, by why, and what they cost; `explored`
    those that were tried one tier down. `undone` are pairs of which one alone saves more than both,
    and all the steps where some of them do.
    """

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
    held: tuple[str, ...] = ()
    held_nano: int = 0
    better: tuple[Step, ...] = ()
    week: Week | None = None
    later: tuple[Step, ...] = ()
    stayed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    by_itself: tuple[str, ...] = ()
    undone: tuple[Undone, ...] = ()

    def writes(self) -> list[Write]:
        """What all of the steps write together, a key at a time."""
        old: dict[str, object] = {}
        for one in self.steps:
            old.update(one.old)
        return writes(*changes(self.steps), old)


def propose(evidence: Evidence, client: Client, week_ms: int = 0) -> Plan:
    """The plan of the days of `evidence`; `client` are the settings in force now.

    `week_ms`: the steps are looked at on the calls since then, too; 0: they are not.
    """
    desk = Desk(evidence, client)
    spent, held = sum(evidence.before.values()), desk.held()
    stood = spent - held
    steps, later, better, (saves, low, high) = _found(desk, evidence, client)
    return Plan(
        first=evidence.past - evidence.days,
        past=evidence.past,
        spent=spent,
        main_loop=evidence.before.get("main", 0),
        unpriced=evidence.unpriced,
        went=parts.whole(evidence, desk.whole.chains),
        steps=tuple(_with_old(one, client, evidence) for one in steps),
        saves=min(saves, stood),
        low=min(low, stood),
        high=min(high, stood),
        notes=tuple(
            filter(None, (*evidence.notes, *decided.sentences(client), effort.advice(evidence)))
        ),
        held=tuple(one.name for one in desk.base),
        held_nano=held,
        better=tuple(_with_old(one, client, evidence) for one in better[: choice.MOST]),
        later=tuple(later),
        week=_week(desk, evidence, steps, week_ms) if week_ms else None,
        stayed=stayed.of(evidence.dispatches),
        by_itself=in_force.by_itself(client),
        undone=_undone(desk, steps, saves),
    )


def together(
    evidence: Evidence, client: Client, names: Sequence[str]
) -> tuple[choice.Figures, Undone | None]:
    """What those of the plan's steps that are named give, replayed as one; what gives more."""
    desk = Desk(evidence, client)
    steps = [one for one in _found(desk, evidence, client)[0] if one.name in names]
    for place, one in enumerate(steps):
        if one.lever == "agents-cache":
            rules = [other for other in steps if other.lever == "subagents"]
            saves, low, high = choice.beside(desk, evidence, one, rules)
            steps[place] = replace(one, saves=saves, low=low, high=high)
    saves, low, high = desk.together(steps) if steps else (0, 0, 0)
    return (saves, low, high), choice.without_one(desk, steps, saves)


def _undone(desk: Desk, steps: Sequence[Step], saves: int) -> tuple[Undone, ...]:
    """The pairs of `steps` of which one alone saves more than both, and `steps` if some do."""
    pairs = combinations([one for one in steps if not one.needs], 2)
    found = [choice.without_one(desk, pair, desk.saved(pair)) for pair in pairs]
    if len(steps) > 2:
        found.append(choice.without_one(desk, steps, saves))
    return tuple(one for one in found if one)


def _found(
    desk: Desk, evidence: Evidence, client: Client
) -> tuple[list[Step], list[Step], list[Step], choice.Figures]:
    """The steps, those for later, those for quality, and what the first give together."""
    routing = evidence.settings["routing"]
    promoted, under = routing_rules.promote(evidence, routing)
    demoted, _ = routing_rules.demote(evidence, under)
    if promoted:  # a rule that pays only under another is no step yet
        by_itself = {(one.name, one.after) for one in routing_rules.demote(evidence, routing)[0]}
        demoted = [one for one in demoted if (one.name, one.after) in by_itself]
    bound = max_unsafe.step(evidence, routing)
    better = [*([bound] if bound else []), *(one for one in promoted if one.low < 0)]
    promoted = [one for one in promoted if one.low >= 0]
    ready = [*demoted, *desk.digests(), *(desk.limit(name, client) for name in LIMITS)]
    rules = routing
    for one in (*demoted, *promoted):
        rules = agent_runs.merged(rules, one.config)
    # What runs elsewhere by a rule is not saved on twice.
    ready.append(wording.agents_cache(desk.agents(agent_runs.moved(evidence, rules)), client))
    found = choice.choose(desk, evidence, client, [one for one in ready if one], promoted)
    tried = found.steps
    while True:
        steps = choice.told(desk, evidence, tried)
        saves, low, high = desk.together(steps) if steps else (0, 0, 0)
        if not steps or low >= 0:
            return choice.dearest_first(steps), found.later, better, (saves, low, high)
        tried = tried[:-1]  # together they may undo one another


def _week(desk: Desk, evidence: Evidence, steps: Sequence[Step], since_ms: int) -> Week:
    spent = sum(one.cost or 0 for one in evidence.spent if one.call.ts_ms >= since_ms)
    saves, by_name = desk.week(steps, since_ms)
    return Week(since_ms, spent, *saves, by_name)


def _with_old(one: Step, client: Client, evidence: Evidence) -> Step:
    """`one` with what stands now where it writes."""
    old: dict[str, object] = {}
    for write in one.writes():
        found = client.get(write.key)
        if write.key not in client and write.file == "config.toml":
            section, _, key = write.key.partition(".")
            found = evidence.settings.get(section, {}).get(key)
            table, _, name = key.partition(".")
            if name:
                rules = evidence.settings.get(section, {}).get(table)
                found = rules.get(name) if isinstance(rules, Mapping) else None
        old[write.key] = found
    return replace(one, old=old)


def changes(steps: Sequence[Step]) -> tuple[dict[str, object], dict[str, object]]:
    """Claude Code's settings and ours that `steps` write: one window for two that need it."""
    settings: dict[str, object] = {}
    config: dict[str, object] = {}
    for one in steps:
        for key, value in one.settings.items():
            known = settings.get(key)
            both = isinstance(known, int) and isinstance(value, int) and key == WINDOW
            settings[key] = min(int(str(known)), int(str(value))) if both else value
        for key, value in one.config.items():
            known = config.get(key)
            if isinstance(value, Mapping):
                config[key] = {**(known if isinstance(known, Mapping) else {}), **value}
            else:
                config[key] = value
    return settings, config
