"""Which steps to propose: those that pay beside each other, until no other would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps import wording
from cheaproute.plan.steps.desk import Desk
from cheaproute.plan.steps.in_force import Client
from cheaproute.plan.steps.step import Step

MOST = 5
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
        if steps == before:
            break
    if len(steps) == room:
        later += desk.author([*steps, *later], client, least)
    steps += promoted[: MOST - len(steps)]
    later += promoted[MOST - len(steps) :] if len(steps) > MOST else []
    names = {one.name for one in steps}
    last = {one.name: one for one in later if one.name not in names}
    steps.sort(key=lambda one: (one.on_top, -one.saves, one.lever))
    return Choice(steps, [replace(one, cases=()) for one in last.values()])
