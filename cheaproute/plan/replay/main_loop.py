"""The main loop: how much of it was everyday work on a dear model, and what else it could cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import HAIKU, OPUS, SONNET, Evidence, Turn, rank
from cheaproute.plan.replay import reprice
from cheaproute.plan.steps.step import Proposal

# mode -> (Claude Code's `model` setting, what it is)
MODES = {
    "economy": ("haiku", "Haiku (plan mode: Sonnet)"),
    "balanced": ("sonnet", "Sonnet"),
    "quality": ("opusplan", "Opus in plan mode, Sonnet otherwise"),
}
CHEAP = "/cheap"
ASSUMPTIONS = (
    "the same prompts, answers and number of calls on every model",
    "a switch writes the whole prompt to the new model's cache, less what that one still holds",
    "Haiku costs five times as much for a request of more than 100,000 prompt tokens",
    "a session that ran on a cheaper model than the mode's stays there",
    "in quality, what needs Opus is asked in plan mode, and stays on Opus",
    "a prompt that says nothing by itself ('go on') belongs to the one before it",
)


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
    plain = [turn for turn in said if everyday(turn)]
    low, high = interval.wilson(len(plain), len(said))
    return Share(len(said), len(plain), low, high, _cost(dear), _cost(plain))


def everyday(turn: Turn) -> bool:
    """Whether the prompt asks for nothing that needs Opus."""
    return rank(turn.tier) in (HAIKU, SONNET)


def cost_of(evidence: Evidence, mode: str) -> int:
    """What the main loops of the span would have cost in `mode`, in nano-dollars.

    `/cheap` is Haiku for the turns that ask for no more.
    """
    pick = _PICK[mode]
    return sum(_replayed(turns, pick, evidence) for turns in _sessions(evidence).values())


def cost_now(evidence: Evidence) -> int:
    """What the main loops of the span did cost."""
    return _cost(evidence.turns)


def propose(evidence: Evidence) -> list[Proposal]:
    """At most one proposal: the mode that suits what was asked for."""
    seen = share(evidence)
    if seen.turns < evidence.setting("min_samples") or seen.low <= evidence.setting(
        "everyday_above"
    ):
        return []
    now = cost_now(evidence)
    saved = {mode: evidence.month(now - cost_of(evidence, mode)) for mode in (*MODES, CHEAP)}
    # Where hard work is rare Sonnet does; else Opus keeps the planning.
    mode = "balanced" if 1 - seen.high <= _HARD and 1 - seen.low <= 2 * _HARD else "quality"
    if saved[mode] < evidence.setting("min_usd") * 1e9:
        return []
    return [
        Proposal(
            kind="main loop",
            title=f"main loop: {MODES[mode][1]} (`model: {MODES[mode][0]}`)",
            why=f"{seen.everyday} of {seen.turns} prompts on Opus or dearer were everyday work",
            samples=seen.turns,
            hits=seen.everyday,
            low=seen.low,
            high=seen.high,
            month_nano=saved[mode],
            command=f"cheaproute mode {mode}",
            alternatives=tuple(
                (name if name == CHEAP else f"mode {name}", nano)
                for name, nano in saved.items()
                if name != mode
            ),
            assumptions=ASSUMPTIONS,
        )
    ]


_HARD = 0.1


def _economy(turn: Turn, planned: bool) -> int:
    del turn
    return SONNET if planned else HAIKU


def _balanced(turn: Turn, planned: bool) -> int:
    del turn, planned
    return SONNET


def _quality(turn: Turn, planned: bool) -> int:
    # The client runs Opus in plan mode only: who has this mode asks there for what needs it.
    return OPUS if planned or rank(turn.tier) >= OPUS else SONNET


def _cheap(turn: Turn, planned: bool) -> int:
    del planned
    return HAIKU if turn.tier == "haiku" else OPUS + 9


_PICK: Mapping[str, Callable[[Turn, bool], int]] = {
    "economy": _economy,
    "balanced": _balanced,
    "quality": _quality,
    CHEAP: _cheap,
}


def _replayed(turns: Sequence[Turn], pick: Callable[[Turn, bool], int], evidence: Evidence) -> int:
    names = [evidence.model(tier) for tier in ("haiku", "sonnet", "opus")]
    chain, models = [], []
    for turn in turns:
        for spent, planned in zip(turn.calls, turn.planned, strict=True):
            want = pick(turn, planned)
            real = rank(spent.call.model)
            chain.append(spent)
            # Never upwards; a model of no known family stays.
            models.append(names[want] if 0 <= want < real else spent.call.model)
    return reprice.total(reprice.replay(chain, models, evidence.prices), chain)


def _sessions(evidence: Evidence) -> dict[int, list[Turn]]:
    found: dict[int, list[Turn]] = defaultdict(list)
    for turn in sorted(evidence.turns, key=lambda turn: turn.at_ms):
        found[turn.session].append(turn)
    return found


def _dear(turn: Turn) -> bool:
    return rank(turn.calls[0].call.model) >= OPUS


def _cost(turns: Sequence[Turn]) -> int:
    return sum(spent.cost or 0 for turn in turns for spent in turn.calls)
