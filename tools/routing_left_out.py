"""The router measured on repositories, hands and domains that it never saw."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cheaproute.routing.decide import tier_for
from cheaproute.routing.decision import OPEN
from tools import routing_fit
from tools.routing_data import Task, domain_fold
from tools.routing_fit import featured
from tools.routing_score import part

Logits = tuple[float, float]
Bounds = dict[str, dict[int, tuple[float, float]]]
Bound = Callable[[Task], tuple[float, float]]
AT = 20  # the level that is shipped, in thousandths
HANDS = ("a", "b", "c", "e")  # those whose pairs are measured


def _as_written(task: Task) -> Task:
    return task


def _untyped(task: Task) -> Task:
    return replace(task, subagent_type=None)


def _untitled(task: Task) -> Task:
    return replace(task, description="")


def _alone(task: Task) -> Task:
    return replace(task, description="", subagent_type=None)


# How a task of a pair may come: last, as a sentence that says no more than itself.
PAIR_WAYS = (_as_written, _untyped, _untitled, _alone)


@dataclass(frozen=True)
class LeftOut:
    """Logits of tasks by models that saw nothing of their repository, hand or domain.

    `by_hand` has them of each of `PAIR_WAYS`.
    """

    tasks: Sequence[Task]
    typed: Sequence[Logits]
    untyped: Sequence[Logits]
    pairs: Sequence[Task]
    by_hand: Sequence[Sequence[Logits]]
    by_domain: Sequence[Logits]

    def losses(
        self, tasks: Sequence[Task], found: Sequence[Logits]
    ) -> Iterator[tuple[float, Task]]:
        """Each task's logit, `inf` where the words alone keep it from Haiku."""
        for task, (logit, _) in zip(tasks, found, strict=True):
            yield (logit if _sendable(task) else math.inf), task

    def worst(self) -> Iterator[tuple[float, Task]]:
        """As `losses`, for each task of a pair the lowest of all its ways."""
        ways = [
            self.losses([way(task) for task in self.pairs], found)
            for way, found in zip(PAIR_WAYS, self.by_hand, strict=True)
        ]
        for task, *found in zip(self.pairs, *ways, strict=True):
            yield min(logit for logit, _ in found), task

    def shipped(self, bounds: Bounds) -> dict[str, str]:
        """The figures at the level that is shipped."""
        return dict(self._lines(bounds, AT))

    def _lines(self, bounds: Bounds, level: int) -> Iterator[tuple[str, str]]:
        typed, bare = at_level(bounds, level), at_level(bounds, level, typed=False)
        yield "rows, type known", _line(self.tasks, self.typed, typed)
        yield "rows, type unknown", _line(self.tasks, self.untyped, bare)
        yield "pairs, hand out", _line(self.pairs, self.by_hand[0], typed)
        alone = [PAIR_WAYS[-1](task) for task in self.pairs]
        yield "pairs, hand out, no title or type", _line(alone, self.by_hand[-1], bare)
        yield "pairs, domain out", _line(self.pairs, self.by_domain, typed)

    def report(self, bounds: Bounds) -> Iterator[str]:
        """The figures at each level, then in parts at 2 %."""
        yield "== left out whole; per level: unsafe, captured of the rows; of the pairs likewise"
        for level in bounds["typed"]:
            for name, line in self._lines(bounds, level):
                yield f"{level / 10:4.1f} %  {name:<34} {line}"
        bound = at_level(bounds, AT)
        yield "== at 2 %, by repository"
        yield from _parts(self.tasks, self.typed, bound, lambda task: task.repository)
        yield "== at 2 %, by hand"
        yield from _parts(self.pairs, self.by_hand[0], bound, lambda task: task.hand)
        yield "== at 2 %, by hand, no title or type"
        alone = [PAIR_WAYS[-1](task) for task in self.pairs]
        bare = at_level(bounds, AT, typed=False)
        yield from _parts(alone, self.by_hand[-1], bare, lambda task: task.hand)
        yield "== at 2 %, by domain"
        yield from _parts(self.pairs, self.by_domain, bound, lambda task: task.repository)
        yield "== the curve: threshold on the log-odds, unsafe, captured"
        keep = sorted(loss for loss, task in self.losses(self.tasks, self.typed) if task.rank)
        for wrong in (0, 1, 2, 3, 4, 5, 8, 12, 20, 30):
            if wrong < len(keep):
                yield f"{keep[wrong]:+.2f}  {_line(self.tasks, self.typed, _flat(keep[wrong]))}"


def measure(tasks: Sequence[Task], pairs: Sequence[Task], examples: Sequence[Task]) -> LeftOut:
    """Leave out each repository; each hand; the domains, a sixth of them at a time."""
    held = [task for task in pairs if task.hand in HANDS]
    rest = [*examples, *(task for task in pairs if task.hand not in HANDS)]
    typed, untyped = routing_fit.left_out(
        tasks,
        [*pairs, *examples],
        lambda task: task.repository,
        (_as_written, _untyped),
        second=True,
    )
    by_hand = routing_fit.left_out(held, [*tasks, *rest], lambda task: task.hand, PAIR_WAYS)
    (by_domain,) = routing_fit.left_out(held, [*tasks, *rest], _domain_fold, (_as_written,))
    return LeftOut(tasks, typed, untyped, held, by_hand, by_domain)


def at_level(bounds: Bounds, level: int, *, typed: bool = True) -> Bound:
    """What bounds hold for a task: a short one's, one's whose agent type is known, or not."""

    def bound(task: Task) -> tuple[float, float]:
        return bounds["short" if task.is_short else "typed" if typed else "bare"][level]

    return bound


def _flat(low: float) -> Bound:
    return lambda _: (low, math.inf)


def sent(task: Task, logits: Logits, bound: Bound) -> str:
    """The tier a task goes to by its logits, `open` between the bounds."""
    likely = "sonnet" if logits[1] < 0 else "opus"
    return tier_for(logits[0], likely, featured(task), bound(task))


def _domain_fold(task: Task) -> str:
    return domain_fold(task.repository)


def _sendable(task: Task) -> bool:
    return tier_for(-1.0, "sonnet", featured(task), (0.0, 0.0)) == "haiku"


def _line(tasks: Sequence[Task], found: Sequence[Logits], bound: Bound) -> str:
    went = [sent(task, logits, bound) for task, logits in zip(tasks, found, strict=True)]
    cells = []
    for name, hard in (("unsafe", True), ("captured", False)):
        of = [tier for task, tier in zip(tasks, went, strict=True) if (task.rank > 0) is hard]
        cells.append(f"{name} {part(of.count('haiku'), len(of))}")
    cells.append(f"open {part(went.count(OPEN), len(went))}")
    return "   ".join(cells)


def _parts(
    tasks: Sequence[Task],
    found: Sequence[Logits],
    bound: Bound,
    name: Callable[[Task], str],
) -> Iterator[str]:
    by: dict[str, list[int]] = defaultdict(list)
    for i, task in enumerate(tasks):
        by[name(task)].append(i)
    for key, rows in sorted(by.items()):
        yield f"{key:<28} {_line([tasks[i] for i in rows], [found[i] for i in rows], bound)}"
