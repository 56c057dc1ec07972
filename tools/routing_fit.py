"""Fitting the router's weights, and measuring them on tasks they were not fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cheaproute.routing.decide import CAUTION, tier_for
from cheaproute.routing.text.cues import gather
from cheaproute.routing.text.features import features
from cheaproute.routing.text.reading import read
from tools.routing_data import Task

Weights = dict[str, tuple[float, float]]
Logits = tuple[float, float]

FOLDS, SEEDS = 8, 6
STRENGTH = (1.0, 0.5)  # inverse regularisation of the two decisions
SENTENCE = 0.3  # what a short sentence counts beside an agent's task
HARD = 1.5  # what a hard task counts in the second decision: there are few


@cache
def featured(task: Task, *, typed: bool) -> dict[str, float]:
    """The features of `task`, with or without its agent type."""
    kind = (task.subagent_type or "") if typed else ""
    reading = read(task.description, task.prompt)
    return features(reading, gather(reading, kind), kind)


def fit(tasks: Sequence[Task]) -> Weights:
    """Weights by feature, log-odds of needing more than Haiku, and then more than Sonnet.

    Each task with an agent type is seen with and without it, so that neither is leant on.
    """
    seen: list[dict[str, float]] = []
    ranks: list[int] = []
    counts: list[float] = []
    for task in tasks:
        versions = (True, False) if task.subagent_type else (False,)
        for typed in versions:
            seen.append(featured(task, typed=typed))
            ranks.append(task.rank)
            counts.append((SENTENCE if task.is_sentence else 1.0) / len(versions))
    names = DictVectorizer(sparse=False)
    matrix = names.fit_transform(seen)
    rank, count = np.array(ranks), np.array(counts)
    first = _logistic(matrix, rank > 0, count, STRENGTH[0])
    hard = rank > 0
    emphasis = count[hard] * np.where(rank[hard] > 1, HARD, 1.0)
    second = _logistic(matrix[hard], rank[hard] > 1, emphasis, STRENGTH[1])
    found = {
        name: (float(first.coef_[0][i]), float(second.coef_[0][i]))
        for i, name in enumerate(names.get_feature_names_out())
    }
    bias = found["is:task"]
    found["is:task"] = (bias[0] + first.intercept_[0], bias[1] + second.intercept_[0])
    return found


Array = np.ndarray[Any, Any]


def _logistic(matrix: Array, answer: Array, weight: Array, strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=1000)
    return model.fit(matrix, answer, sample_weight=weight)


def logits(weights: Weights, task: Task, *, typed: bool) -> Logits:
    """The log-odds of both decisions for one task."""
    found = featured(task, typed=typed)
    pairs = [(weights[name], value) for name, value in found.items() if name in weights]
    return sum(w[0] * v for w, v in pairs), sum(w[1] * v for w, v in pairs)


def families(tasks: Sequence[Task]) -> list[str]:
    """A name for each task's family: its repository if known, else the tasks it resembles.

    Tasks of a family are never on both sides of a fold, so near-duplicates flatter nobody.
    """
    texts = [f"{task.description}\n{task.prompt}" for task in tasks]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    clusters = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0.75, metric="cosine", linkage="average"
    ).fit(vectors.toarray())
    return [
        task.repository or f"family {number}"
        for task, number in zip(tasks, clusters.labels_, strict=True)
    ]


def crossvalidate(
    tasks: Sequence[Task], examples: Sequence[Task], *, folds: int = FOLDS, seeds: int = SEEDS
) -> dict[bool, list[Logits]]:
    """Out-of-fold logits of `tasks` by "typed", the mean over `seeds` ways to deal the families."""
    family = families(tasks)
    names = sorted(set(family))
    folds = min(folds, len(names))
    total = {typed: np.zeros((len(tasks), 2)) for typed in (True, False)}
    for seed in range(seeds):
        order = np.random.RandomState(seed).permutation(len(names))
        fold = {names[at]: number % folds for number, at in enumerate(order)}
        for number in range(folds):
            inside = [t for t, f in zip(tasks, family, strict=True) if fold[f] != number]
            weights = fit([*inside, *examples])
            for i, task in enumerate(tasks):
                if fold[family[i]] == number:
                    for typed, sums in total.items():
                        sums[i] += logits(weights, task, typed=typed)
    return {typed: [(float(a), float(b)) for a, b in sums / seeds] for typed, sums in total.items()}


def calibration(found: Sequence[Logits], tasks: Sequence[Task]) -> tuple[float, float]:
    """`(slope, shift)` that turn the first out-of-fold logit into a probability (Platt)."""
    column = np.array([[a] for a, _ in found])
    model = LogisticRegression(C=100.0).fit(column, [task.rank > 0 for task in tasks])
    return float(model.coef_[0][0]), float(model.intercept_[0])


def calibrated(weights: Weights, slope: float, shift: float) -> Weights:
    """`weights` whose first decision is scaled and shifted."""
    scaled = {name: (a * slope, b) for name, (a, b) in weights.items()}
    a, b = scaled["is:task"]
    scaled["is:task"] = (a + shift, b)
    return scaled


def sent(
    tasks: Sequence[Task],
    found: Sequence[Logits],
    scale: tuple[float, float] = (1.0, 0.0),
    caution: float = CAUTION,
) -> list[str]:
    """The tiers `tasks` go to by their logits, the first of them calibrated by `scale`."""
    slope, shift = scale
    return [
        tier_for(
            share(slope * a + shift),
            share(b),
            gather(read(task.description, task.prompt), ""),
            caution,
        )
        for task, (a, b) in zip(tasks, found, strict=True)
    ]


def share(logit: float) -> float:
    """The probability of a log-odds."""
    return 1 / (1 + math.exp(-logit))
