"""`routing.max_unsafe` by the user's own history: stricter where Haiku was sent too much."""

from __future__ import annotations

from collections.abc import Sequence

from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import Dispatch, Evidence
from cheaproute.plan.replay import agent_runs
from cheaproute.plan.replay.agent_runs import Routing
from cheaproute.plan.steps import cases
from cheaproute.plan.steps.step import Step
from cheaproute.routing.text import weights

KEY = "routing.max_unsafe"
_LEAST_BAD = 2


def step(evidence: Evidence, routing: Routing) -> Step | None:
    """The highest calibrated bound that holds on the user's own tasks; None where this one does.

    How many of them need more than Haiku is the sum of the chances that were kept with each
    decision; those that were sent there and came back are known. A looser bound is never proposed:
    of what was not sent there, nothing tells what Haiku would have made of it.
    """
    now = routing.get("max_unsafe")
    told = [sent for sent in evidence.dispatches if sent.beyond is not None]
    gone = [one for one in told if one.action == "routed" and one.routed == "haiku"]
    ended = [one for one in gone if one.ended_ms]
    back = [one for one in ended if one.trouble or one.went_up]
    hard = max(round(sum(one.beyond or 0.0 for one in told)), len(back))
    if not isinstance(now, int | float) or len(ended) < evidence.setting("min_samples"):
        return None
    if len(back) < _LEAST_BAD or interval.wilson(len(back), hard)[0] <= now:
        return None
    after = next(
        (
            level / 1000
            for level in weights.LEVELS
            if level < 1000 * now and len(_under(back, level / 1000)) <= now * hard
        ),
        0.0,
    )
    kept = _under(ended, after)
    moved = [one for one in ended if one not in kept]
    costs = [
        one.cost - agent_runs.cost(one, agent_runs.family_of(one.instead), evidence)
        for one in moved
    ]
    saves = sum(costs) + sum(one.redo for one in moved)
    return Step(
        lever="subagents",
        title=f"Send fewer tasks to Haiku by their text: {after:g} instead of {now:g}",
        setting=KEY,
        before=now,
        after=after,
        saves=saves,
        low=min(sum(costs), saves),
        high=max(sum(costs), saves),
        risk=(
            f"better: {len(back)} of {len(ended)} came back, some {hard} of all needed more than"
            f" Haiku; under {after:g} {len(_under(back, after))} would have gone there"
        ),
        doubts=(
            "how many need more is a sum of estimates",
            "the same tokens on the other model",
        ),
        cases=cases.of_agents(moved),
        config={KEY: after},
    )


def _under(sent: Sequence[Dispatch], bound: float) -> list[Dispatch]:
    """Those that would go to Haiku under `bound`."""
    return [one for one in sent if (one.beyond or 0.0) < weights.bounds(bound, one.bounds)[0]]
