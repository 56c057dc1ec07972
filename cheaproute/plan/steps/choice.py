"""Which steps to propose: those that pay beside each other, and which of them need others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cheaproute.money import less, less_range, show
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay import agent_runs
from cheaproute.plan.steps import main_loop, wording
from cheaproute.plan.steps.desk import Desk
from cheaproute.plan.steps.in_force import Client
from cheaproute.plan.steps.step import Step, Undone

Figures = tuple[int, int, int]  # saves, low, high
MOST = 5
CENT = 10_000_000  # a difference that no amount in cents shows
# Values and choices hang on one another; so often they are looked at again.
_ROUNDS = 4


class Choice(NamedTuple):
    """The steps, the dearest first, and those for which there was no room."""

    steps: list[Step]
    later: list[Step]


def choose(
    desk: Desk, evidence: Evidence, client: Client, ready: Sequence[Step], promoted: Sequence[Step]
) -> Choice:
    """Steps of the main loop's levers, of `ready` ones and `promoted` ones, that pay together.

    Once all of them are in force, the same days give no other.
    """
    least = evidence.setting("min_usd") * 1e9 * evidence.days / 30
    room = MOST - min(2, len(promoted))
    tried: list[tuple[int, str, Step | None]] = [
        (desk.by_itself(name), name, None) for name in desk.candidates
    ]
    tried += [(one.saves, one.lever, one) for one in ready]
    steps: list[Step] = []
    later: list[Step] = []
    gained = 0
    for most, name, done in sorted(tried, key=lambda one: (-one[0], one[1])):
        if most < least:
            break
        if done is None and desk.gain(name, steps) < least:
            continue
        one = done or wording.step(desk.levers[name], evidence, desk.whole, client, desk.base)
        if one is None or one.low < 0:  # what may cost more than it saves is nobody's advice
            continue
        if (more := desk.saved([*steps, one]) - gained) < least:
            continue
        if len(steps) == room:
            later.append(one)
            continue
        steps.append(one)
        gained += more
    for _ in range(_ROUNDS):
        before = list(steps)
        steps = desk.retuned(steps, client, least)
        for one in [*desk.more(steps, client, least), *desk.author(steps, client, least)]:
            (steps if len(steps) < room else later).append(one)
        if steps == before and (steps := _kept(desk, steps)) == before:
            break
    else:
        steps = _kept(desk, steps)
    if len(steps) == room:
        later += desk.author([*steps, *later], client, least)
    free = MOST - len(steps)
    surest = sorted(promoted, key=lambda one: (-one.saves, one.name))
    steps, later = [*steps, *surest[:free]], [*later, *surest[free:]]
    names = {one.name for one in steps}
    last = {one.name: one for one in later if one.name not in names}
    steps.sort(key=lambda one: (one.on_top, -one.saves, one.lever))
    return Choice(steps, [replace(one, cases=()) for one in last.values()])


def without_one(desk: Desk, steps: Sequence[Step], saves: int) -> Undone | None:
    """Those of `steps` that save more without one of them than all, `saves`; None where none do."""
    rests = (
        [other for other in steps if one.name not in (other.name, *other.needs)] for one in steps
    )
    tried = [(desk.saved(rest), tuple(other.name for other in rest)) for rest in rests if rest]
    most, better = max(tried, default=(0, ()))
    every = tuple(one.name for one in steps)
    return Undone(every, saves, better, most) if most - saves >= CENT else None


def _kept(desk: Desk, steps: Sequence[Step]) -> list[Step]:
    """`steps` without those that take more from the others than they give."""
    kept = list(steps)
    while worse := without_one(desk, kept, desk.saved(kept) if kept else 0):
        kept = [one for one in kept if one.name in worse.better]
    return kept


def told(desk: Desk, evidence: Evidence, steps: Sequence[Step]) -> list[Step]:
    """`steps`, each with what it gives alone and what it needs; without those that never pay."""
    found: list[Step] = []
    for one in steps:
        alone = beside(desk, evidence, one, [])
        if pays(alone):
            found.append(replace(one, alone=alone, risk=_risk(desk, one)))
            continue
        others = [other for other in steps if other is not one]
        needs = _needs(desk, evidence, one, others, {known.name: known.needs for known in found})
        if needs is None:
            continue
        names = tuple(other.name for other in needs)
        risk = _with(f"pays only together with {named(names)}", one)
        found.append(replace(one, alone=alone, needs=names, risk=risk))
    if len(found) < len(steps):  # what stood on one that is left out is looked at again
        left = {one.name for one in found}
        return told(desk, evidence, [one for one in steps if one.name in left])
    return found


def _risk(desk: Desk, one: Step) -> str:
    """Its risk, and whether what was set before must stay set for it to pay."""
    held = [known for known in desk.set if known.name != one.lever]
    if not held or one.lever not in desk.levers:
        return one.risk
    rest = [known for known in desk.base if known not in held]
    if pays(main_loop.bounds([desk.levers[one.lever]], desk.whole, rest)):
        return one.risk
    are = "is" if len(held) == 1 else "are"
    return _with(f"pays only while {named([known.name for known in held])} {are} in force", one)


def _with(risk: str, one: Step) -> str:
    return risk if one.risk == "none" else f"{risk}; {one.risk}"


def dearest_first(steps: Sequence[Step]) -> list[Step]:
    """`steps` by what they save, none before one that it needs."""
    left = sorted(steps, key=lambda one: -one.saves)
    found: list[Step] = []
    while left:
        known = {one.name for one in left}
        one = next((each for each in left if not known.intersection(each.needs)), left[0])
        left.remove(one)
        found.append(one)
    return found


def pays(figures: Figures) -> bool:
    """Whether these figures are a reason to change something."""
    saves, low, _ = figures
    return saves > 0 and low >= 0


def named(words: Sequence[str]) -> str:
    """`1`, `1 and 3`, `1, 2 and 3`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def loss(figures: Figures) -> str:
    """What a step that does not pay alone would have done, in words."""
    saves, low, _ = figures
    if saves < 0:
        return f"it would have cost {show(-saves)} more"
    if low < 0:
        return f"it might have cost {show(-low)} more"
    return "it would have saved nothing"


def only(one: Step, steps: Sequence[Step]) -> str:
    """With which of `steps`, by number, a step pays that alone does not; "" of the others."""
    if one.alone is None or not one.needs:
        return ""
    return f"Only together {_with_steps(one, steps)}: alone {loss(one.alone)}."


def adds(one: Step, steps: Sequence[Step]) -> str:
    """`with step 2` where a step pays with that alone, `on top of the others`; "" elsewhere."""
    if one.alone is not None and one.needs:
        return _with_steps(one, steps)
    return "on top of the others" if one.on_top else ""


def _with_steps(one: Step, steps: Sequence[Step]) -> str:
    found = [str(number) for number, other in enumerate(steps, 1) if other.name in one.needs]
    noun = "step" if len(found) == 1 else "steps"
    return f"with {noun} {named(found)}"


def figures(one: Step) -> str:
    """What a step gives alone, and where that differs what it adds to the other steps."""

    def said(saves: int, low: int, high: int) -> str:
        return f"{less(saves)} ({less_range(low, high)})"

    added = said(one.saves, one.low, one.high)
    if one.alone is None:
        return f"{'On top of the others' if one.on_top else 'Alone'}: {added}."
    by_itself = said(*one.alone)
    if not one.on_top and by_itself == added:
        return f"Alone: {by_itself}."
    return f"Alone: {by_itself}; {'on top of' if one.on_top else 'beside'} the others: {added}."


def _needs(
    desk: Desk,
    evidence: Evidence,
    one: Step,
    others: Sequence[Step],
    known: Mapping[str, Sequence[str]],
) -> Sequence[Step] | None:
    """The fewest of `others` (those that stand on others go first) beside which `one` pays.

    None where it does not beside all of them. `known`: what some of the others need themselves.
    """
    apart = one.lever == "agents-cache"
    able = [other for other in others if (other.lever == "subagents") == apart]
    needed = list(able)
    for other in sorted(able, key=lambda each: (each.on_top, able.index(each)), reverse=True):
        left = [each for each in needed if each is not other]
        if left and _saves(desk, evidence, one, left) > 0:
            needed = left
    # Whatever stands on others brings them along.
    names = {each.name for each in needed}
    names.update(*(known.get(each.name, [each.name for each in able]) for each in needed
                   if each.on_top))  # fmt: skip
    closed = [each for each in able if each.name in names]
    return next((some for some in (closed, able) if pays(beside(desk, evidence, one, some))), None)


def _saves(desk: Desk, evidence: Evidence, one: Step, others: Sequence[Step]) -> int:
    if one.lever in desk.levers:
        return sum(main_loop.by_session([desk.levers[one.lever]], desk.whole, desk.beside(others)))
    return beside(desk, evidence, one, others)[0]


def beside(desk: Desk, evidence: Evidence, one: Step, others: Sequence[Step]) -> Figures:
    """What `one` gives beside `others` and what is in force; a lever of outputs, what it said."""
    if one.lever in desk.levers:
        return main_loop.bounds([desk.levers[one.lever]], desk.whole, desk.beside(others))
    if one.lever == "agents-cache":
        routing: Mapping[str, object] = evidence.settings["routing"]
        for other in others:
            routing = agent_runs.merged(routing, other.config)
        (lever,) = (
            known for known in main_loop.candidates("")["cache"] if known.value == one.after
        )
        return main_loop.bounds([lever], desk.agents(agent_runs.moved(evidence, routing)))
    return one.saves, one.low, one.high
