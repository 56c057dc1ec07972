"""The main loop's model: how much of it was everyday work on a dear one."""

from __future__ import annotations

from dataclasses import dataclass

from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import OPUS, Evidence, Turn, rank
from cheaproute.plan.replay import main_loop
from cheaproute.plan.steps.step import Proposal


@dataclass(frozen=True, slots=True)
class Share:
    """Of `turns` on Opus or dearer whose prompt says what it asks for, `everyday` do not need it.

    `low` and `high` bound the share at 95 %. Nano-dollars of the span: `cost` of all main-loop
    turns on such models, `everyday_cost` of the everyday ones.
    """

    turns: int
    everyday: int
    low: float
    high: float
    cost: int
    everyday_cost: int


def share(evidence: Evidence) -> Share:
    """How much of what ran on Opus was everyday work, by the classifier on the prompts."""
    dear = [turn for turn in evidence.turns if _dear(turn)]
    said = [turn for turn in dear if rank(turn.tier) >= 0]
    plain = [turn for turn in said if main_loop.everyday(turn)]
    low, high = interval.wilson(len(plain), len(said))
    return Share(len(said), len(plain), low, high, main_loop.cost(dear), main_loop.cost(plain))


def propose(evidence: Evidence) -> list[Proposal]:
    """At most one proposal: the mode that suits what was asked for."""
    seen = share(evidence)
    if seen.turns < evidence.setting("min_samples") or seen.low <= evidence.setting(
        "everyday_above"
    ):
        return []
    now = main_loop.cost_now(evidence)
    modes = (*main_loop.MODES, main_loop.CHEAP)
    saved = {mode: evidence.month(now - main_loop.cost_of(evidence, mode)) for mode in modes}
    # Where hard work is rare Sonnet does; else Opus keeps the planning.
    mode = "balanced" if 1 - seen.high <= _HARD and 1 - seen.low <= 2 * _HARD else "quality"
    if saved[mode] < evidence.setting("min_usd") * 1e9:
        return []
    return [
        Proposal(
            kind="main loop",
            title=f"main loop: {main_loop.MODES[mode][1]} (`model: {main_loop.MODES[mode][0]}`)",
            why=f"{seen.everyday} of {seen.turns} prompts on Opus or dearer were everyday work",
            samples=seen.turns,
            hits=seen.everyday,
            low=seen.low,
            high=seen.high,
            month_nano=saved[mode],
            command=f"cheaproute mode {mode}",
            alternatives=tuple(
                (name if name == main_loop.CHEAP else f"mode {name}", nano)
                for name, nano in saved.items()
                if name != mode
            ),
            assumptions=main_loop.ASSUMPTIONS,
        )
    ]


_HARD = 0.1


def _dear(turn: Turn) -> bool:
    return rank(turn.calls[0].call.model) >= OPUS
