"""Fit the router's weights: `python -m tools.train_routing DATA.jsonl... [--date YYYY-MM-DD]`.

Deterministic: the same data, examples and date give the same files.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Sequence

import numpy as np

from cheaproute.routing.text import grams, weights
from tools import routing_data, routing_fit
from tools.routing_data import Task
from tools.routing_fit import Linear
from tools.routing_left_out import Bounds, LeftOut, Logits, measure

_LEAST = 5  # thousandths; smaller weights say nothing
# Of short tasks needing more there is hardly one among the rows; the pairs are short, and made to
# mislead, no sample of what is asked: of them this multiple of the level may be sent.
_PAIRS = 2
# Of tasks that only retrieve, the share that may be called "not retrieval" and so kept from the
# reader.
_LOST = 0.1
_NEVER = 30.0  # log-odds that no task has


def bounds(seen: LeftOut) -> Bounds:
    """By kind of task and level: surely retrieval below, surely not above, by left-out logits."""
    found: Bounds = {}
    for kind, rows in (("typed", seen.typed), ("bare", seen.untyped)):
        keep = [a for a, task in seen.losses(seen.tasks, rows) if task.rank and not task.is_short]
        found[kind] = _levels(keep, 1, _above(seen.tasks, rows))
    losses = [*seen.losses(seen.tasks, seen.untyped), *seen.worst()]
    keep = [a for a, task in losses if task.rank and task.is_short]
    found["short"] = _levels(keep, _PAIRS, _above(seen.pairs, seen.by_hand[0]))
    return found


def _levels(keep: list[float], times: int, above: float) -> dict[int, tuple[float, float]]:
    found = {}
    for level in weights.LEVELS:
        low = max(routing_fit.controlled(keep, times * level / 1000), -_NEVER)
        found[level] = low, max(above, low)
    return found


def _above(tasks: Sequence[Task], found: Sequence[Logits]) -> float:
    plain = [logit for (logit, _), task in zip(found, tasks, strict=True) if not task.rank]
    return float(np.quantile(plain, 1 - _LOST))


def write(
    first: Linear,
    second: Linear,
    levels: Bounds,
    about: dict[str, object],
    folder: str,
) -> int:
    """Write weights.txt and grams.bin; how many named weights there are."""
    names = sorted({*first.named, *second.named})
    rounded = {
        name: (round(1000 * first.named.get(name, 0)), round(1000 * second.named.get(name, 0)))
        for name in names
    }
    kept = {n: pair for n, pair in rounded.items() if max(map(abs, pair)) >= _LEAST}
    steps = []
    table = b""
    for model in (first, second):
        step = float(np.abs(model.words).max()) / 127 or 1.0
        # A step is written in thousandths of a thousandth: small as it is, it is multiplied often.
        steps.append(round(step * 1_000_000))
        table += bytes((np.rint(model.words / step) + grams.ZERO).astype(np.uint8))
    with open(os.path.join(folder, "weights.txt"), "w", encoding="ascii") as file:
        file.write("# The router's weights, by `python -m tools.train_routing`:\n")
        file.write("# feature, log-odds of needing more than Haiku, than Sonnet, in thousandths\n")
        file.writelines(f"# {name} = {json.dumps(value)}\n" for name, value in about.items())
        for kind, found in levels.items():
            file.writelines(
                f"{kind}:{level} {round(1000 * low)} {round(1000 * high)}\n"
                for level, (low, high) in found.items()
            )
        file.write(f"step:words {steps[0]} {steps[1]}\n")
        file.writelines(f"{name} {a} {b}\n" for name, (a, b) in kept.items())
    with open(os.path.join(folder, "grams.bin"), "wb") as binary:
        binary.write(table)
    return len(kept)


def train(tasks: Sequence[Task], date: str, folder: str) -> dict[str, object]:
    """Measure on what is left out, calibrate, fit on everything, write; what was found."""
    examples, pairs = routing_data.examples(), routing_data.pairs()
    seen = measure(tasks, pairs, examples)
    slope, shift = routing_fit.calibration([a for a, _ in seen.typed], [t.rank > 0 for t in tasks])
    raw = bounds(seen)
    levels = {
        kind: {
            level: (slope * low + shift, slope * high + shift)
            for level, (low, high) in found.items()
        }
        for kind, found in raw.items()
    }
    first, second = routing_fit.fit([*tasks, *pairs, *examples])
    assert second is not None  # noqa: S101  # both were asked for
    about: dict[str, object] = {
        "date": date,
        "rows": len(tasks),
        "rows_digest": routing_data.digest(list(tasks)),
        "pairs": len(pairs) // 2,
        "pairs_digest": routing_data.digest(pairs),
        "examples": len(examples),
        "examples_digest": routing_data.digest(examples),
        "calibration": [round(slope, 3), round(shift, 3)],
        "left_out": seen.shipped(raw),
    }
    write(routing_fit.scaled(first, slope, shift), second, levels, about, folder)
    print("\n".join(seen.report(raw)))
    return about


def main() -> None:
    """Train on the named files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", help="annotated rows, JSONL")
    parser.add_argument("--date", default=str(dt.datetime.now(tz=dt.UTC).date()))
    parser.add_argument("--out", default=os.path.dirname(weights.FILE), help="the folder")
    args = parser.parse_args()
    print(json.dumps(train(routing_data.annotated(*args.data), args.date, args.out), indent=2))


if __name__ == "__main__":
    main()
