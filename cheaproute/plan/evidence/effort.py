"""What everyday prompts cost at one effort and at another, once the user's own history shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cheaproute.money import show
from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import Evidence, Turn

# So many prompts each way, whose cached part was read as before, say something.
MANY = 20
_READ = 0.9
_EVERYDAY = ("haiku", "sonnet")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def advice(evidence: Evidence) -> str:
    """One sentence where a lower effort surely cost less, on the model it shows most on; else "".

    Nothing is set by it: whether the answers were as good, only the user knows.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for model, effort, nano in _kept(evidence):
        found[model, effort].append(nano)
    best = (0.0, "")
    for (model, effort), costs in sorted(found.items()):
        for other in _EFFORTS[_EFFORTS.index(effort) + 1 :]:
            dear = found.get((model, other), [])
            if min(len(costs), len(dear)) < MANY:
                continue
            (less, _, most), (more, least, _) = interval.mean(costs), interval.mean(dear)
            if most < least:
                best = max(best, ((more - less) * len(dear), (
                    f"everyday prompts on {model} cost {show(round(less))} each at effort {effort}"
                    f" ({len(costs)}), {show(round(more))} at {other} ({len(dear)}), and the cache"
                    f" was read as before: `/effort {effort}` before such work; nothing is set by"
                    " the plan, nor in its sums"
                )))  # fmt: skip
    return best[1]


def _kept(evidence: Evidence) -> Iterator[tuple[str, str, float]]:
    """`(model, effort, nano)` of everyday prompts, in one effort, that found the cache there."""
    before: dict[int, Turn] = {}
    for turn in sorted(evidence.turns, key=lambda one: (one.session, one.at_ms)):
        last = before.get(turn.session)
        before[turn.session] = turn
        efforts = {one.call.effort for one in turn.calls}
        models = {one.call.model for one in turn.calls}
        if last is None or turn.tier not in _EVERYDAY or len(efforts) > 1 or len(models) > 1:
            continue
        (effort,), (model,) = efforts, models
        end, first = last.calls[-1].call, turn.calls[0].call
        if effort in _EFFORTS and first.read >= _READ * sum(end.prompt()):
            yield model, effort, float(sum(one.cost or 0 for one in turn.calls))
