"""What the main loops would have cost on other models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from cheaproute.plan.evidence.records import HAIKU, OPUS, SONNET, Evidence, Turn, rank
from cheaproute.plan.replay import reprice

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
    return cost(evidence.turns)


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


def cost(turns: Sequence[Turn]) -> int:
    """What the turns did cost, in nano-dollars; a call of unknown price is nothing."""
    return sum(spent.cost or 0 for turn in turns for spent in turn.calls)
