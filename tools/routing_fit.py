"""Fitting linear models of named features and words, and measuring them on what they never saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from cheaproute.routing.text import grams
from cheaproute.routing.text.asked import ALONE
from cheaproute.routing.text.features import Features, of
from tools.routing_data import Task

Array = np.ndarray[Any, Any]

STRENGTH = 0.4  # inverse regularisation
PAIR = 0.4  # what a task of a pair counts beside one that was really asked
EXAMPLE = 0.5  # what a task made up for this project counts
SPARE = 3  # failures granted beside those seen, see `controlled`
# What `calibration` comes to (the head of weights.txt has it), for what is looked at before it.
CALIBRATED = (0.967, -0.784)
HARD = 1.5  # what a hard task counts in the second decision: there are few


@dataclass(frozen=True)
class Linear:
    """One decision: weights by name and by slot; `logit` of a task's features."""

    named: dict[str, float]
    words: Array

    def logit(self, found: Features) -> float:
        """The log-odds, as the shipped code adds them up."""
        named = sum(self.named.get(name, 0.0) * value for name, value in found.named.items())
        each = grams.value(found.slots)
        return float(named + each * sum(self.words[slot] for slot in found.slots))


@cache
def featured(task: Task) -> Features:
    """The features of `task`."""
    return of(task.description, task.prompt, task.subagent_type or "")


def forms(task: Task) -> list[Task]:
    """The task as it may come: what was really asked without its agent type, too.

    One of a pair without its type, its title, or both: people type a sentence, and agents leave out
    what they may. An example stands as it is.
    """
    if not task.repository:
        return [task]
    titles = {task.description, ""} if task.hand else {task.description}
    kinds = {task.subagent_type or "", ""}
    return [
        replace(task, description=title, subagent_type=kind or None)
        for title in sorted(titles)
        for kind in sorted(kinds)
    ]


def linear(
    rows: Sequence[Features],
    answers: Sequence[bool],
    counts: Sequence[float],
    strength: float = STRENGTH,
    slots: int = grams.SLOTS,
) -> Linear:
    """The logistic regression of `answers` on `rows`, row i counting `counts[i]`."""
    names = DictVectorizer()
    left = names.fit_transform([row.named for row in rows])
    at = [slot for row in rows for slot in row.slots]
    values = [grams.value(row.slots) for row in rows for _ in row.slots]
    starts = np.cumsum([0, *(len(row.slots) for row in rows)])
    right = sparse.csr_matrix((values, at, starts), shape=(len(rows), slots))
    matrix = sparse.hstack([left, right]).tocsr()
    model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=300)
    model.fit(matrix, np.array(answers), sample_weight=np.array(counts))
    found = model.coef_[0]
    named = dict(zip(names.get_feature_names_out(), map(float, found), strict=False))
    named["is:task"] = named.get("is:task", 0.0) + float(model.intercept_[0])
    return Linear(named, found[left.shape[1] :])


def fit(tasks: Sequence[Task], *, second: bool = True) -> tuple[Linear, Linear | None]:
    """More than Haiku; and, of those, more than Sonnet.

    Each task is seen in its `forms`, so that neither title nor agent type is leant on.
    """
    rows: list[Features] = []
    ranks: list[int] = []
    counts: list[float] = []
    shares: list[int] = []
    for task in tasks:
        real = bool(task.repository) and not task.hand
        seen = forms(task)
        for form in seen:
            rows.append(featured(form))
            ranks.append(task.rank)
            counts.append(1.0 if real else PAIR if task.hand else EXAMPLE)
            shares.append(len(seen))
    each = [count / share for count, share in zip(counts, shares, strict=True)]
    first = linear(rows, [rank > 0 for rank in ranks], each)
    if not second:
        return first, None
    hard = [i for i, rank in enumerate(ranks) if rank]
    return first, linear(
        [rows[i] for i in hard],
        [ranks[i] > 1 for i in hard],
        [max(counts[i], EXAMPLE) * (HARD if ranks[i] > 1 else 1.0) / shares[i] for i in hard],
    )


def left_out(
    tasks: Sequence[Task],
    always: Sequence[Task],
    group: Callable[[Task], str],
    ways: Sequence[Callable[[Task], Task]],
    *,
    second: bool = False,
) -> list[list[tuple[float, float]]]:
    """For each of `ways` to word a task, the logits by models that saw none of the task's group.

    `always` is seen by all of them.
    """
    found = [[(0.0, 0.0)] * len(tasks) for _ in ways]
    for name in sorted({group(task) for task in tasks}):
        inside = [task for task in tasks if group(task) != name]
        first, other = fit([*inside, *always], second=second)
        for i, task in enumerate(tasks):
            if group(task) != name:
                continue
            for way, logits in zip(ways, found, strict=True):
                row = featured(way(task))
                logits[i] = with_parts(first, row), other.logit(row) if other else 0.0
    return found


def with_parts(model: Linear, found: Features) -> float:
    """The log-odds with its items and sentences looked at, as `weights.needs` does it."""
    logit, (slope, shift) = model.logit(found), CALIBRATED
    alone = (slope * model.logit(part) + shift for part in found.parts())
    return max(logit, 0.0) if any(share(one) > ALONE for one in alone) else logit


def calibration(found: Sequence[float], answers: Sequence[bool]) -> tuple[float, float]:
    """`(slope, shift)` that turn a left-out logit into a probability (Platt)."""
    model = LogisticRegression(C=100.0).fit(np.array([[a] for a in found]), np.array(answers))
    return float(model.coef_[0][0]), float(model.intercept_[0])


def scaled(model: Linear, slope: float, shift: float) -> Linear:
    """`model` with its log-odds scaled and shifted."""
    named = {name: weight * slope for name, weight in model.named.items()}
    named["is:task"] = named.get("is:task", 0.0) + shift
    return Linear(named, model.words * slope)


def controlled(losses: Sequence[float], share: float) -> float:
    """The highest threshold whose expected share of losses is at most `share`.

    Conformal risk control (Angelopoulos and others, 2024): of n left-out logits of tasks that must
    not be sent, k may lie below, where (k + 1) / (n + 1) <= share. It assumes that the next task
    is exchangeable with these; tasks of one repository are alike, so SPARE more are allowed for.
    `-inf` where even none is too many; a task that is never sent has the logit `inf`.
    """
    order = sorted(losses)
    allowed = math.floor(share * (len(order) + 1) + 1e-9) - 1 - SPARE
    return order[allowed] if 0 <= allowed < len(order) else -math.inf if allowed < 0 else math.inf


def share(logit: float) -> float:
    """The probability of a log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
