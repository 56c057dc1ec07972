"""Fit the classifier of main-loop prompts: `python -m tools.train_turns ROWS.jsonl...`.

Deterministic. Each answer's bound is set on log-odds of prompts whose repository, or domain, was
left out; what is printed is measured with the bound, too, chosen without the repository.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence

import numpy as np

from cheaproute.routing.text import grams, turn_weights
from tools import routing_fit, turn_fit
from tools.routing_score import part
from tools.turn_fit import ANSWERS, Turn

RAISED = 0.22  # of what does not need Opus, the share that may be called so
MAX_UNSAFE = 0.02
_LEAST = 5


def bound(name: str, rows: Sequence[tuple[float, bool]]) -> float:
    """The log-odds from which on answer `name` holds, by left-out `(log-odds, is so)`."""
    if name == "opus":
        return float(np.quantile([a for a, so in rows if not so], 1 - RAISED))
    if name == "haiku":
        return routing_fit.controlled([a for a, so in rows if so], MAX_UNSAFE)
    return max(sorted({a for a, _ in rows}), key=lambda at: _f1(rows, at))


def _f1(rows: Sequence[tuple[float, bool]], at: float) -> float:
    found = sum(so for a, so in rows if a >= at)
    return 2 * found / max(sum(a >= at for a, _ in rows) + sum(so for _, so in rows), 1)


def measured(turns: Sequence[Turn], name: str) -> tuple[float, str]:
    """The bound of answer `name`, and how good it is on the repositories left out."""
    scores = turn_fit.left_out(turns, name)
    real = [
        (turn.group, score, bool(ANSWERS[name](turn)))
        for turn, score in zip(turns, scores, strict=True)
        if not turn.made and turn_fit.known(turn, name)
    ]
    said: list[tuple[bool, bool]] = []
    for group in sorted({group for group, _, _ in real}):
        at = bound(name, [(a, so) for other, a, so in real if other != group])
        said += [(a >= at, so) for other, a, so in real if other == group]
    yes = sum(so for _, so in said)
    hit, wrong = (sum(a and so is want for a, so in said) for want in (True, False))
    f1 = 2 * hit / max(hit + wrong + yes, 1)
    line = f"known {part(hit, yes)}   of the rest {part(wrong, len(said) - yes)}   F1 {f1:.2f}"
    return bound(name, [(a, so) for _, a, so in real]), line


def main() -> None:
    """Measure, fit on everything, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", help="annotated prompts, JSONL")
    parser.add_argument("--out", default=turn_weights.FOLDER, help="the folder")
    args = parser.parse_args()
    real, made = turn_fit.real(*args.data), turn_fit.made()
    turns = [*real, *made]
    found = {name: measured(turns, name) for name in turn_weights.ANSWERS}
    models = [turn_fit.fit(turns, name) for name in turn_weights.ANSWERS]
    steps = [float(np.abs(model.words).max()) / 127 or 1.0 for model in models]
    table = b"".join(
        bytes((np.rint(model.words / step) + grams.ZERO).astype(np.uint8))
        for model, step in zip(models, steps, strict=True)
    )
    with open(os.path.join(args.out, "turn_grams.bin"), "wb") as binary:
        binary.write(table)
    lines = {
        "bound:answer": [round(1000 * found[name][0]) for name in turn_weights.ANSWERS],
        "step:words": [round(1_000_000 * step) for step in steps],
    }
    for name in sorted({name for model in models for name in model.named}):
        row = [round(1000 * model.named.get(name, 0.0)) for model in models]
        if max(map(abs, row)) >= _LEAST:
            lines[name] = row
    with open(os.path.join(args.out, "turn_weights.txt"), "w", encoding="ascii") as file:
        file.write("# Weights of main-loop prompts, by `python -m tools.train_turns`:\n")
        file.write(f"# log-odds of {', '.join(turn_weights.ANSWERS)}, in thousandths\n")
        file.write(f"# rows = {len(real)}\n# made = {len(made)}\n")
        file.writelines(f"# {name} = {json.dumps(line)}\n" for name, (_, line) in found.items())
        file.writelines(f"{name} {' '.join(map(str, row))}\n" for name, row in lines.items())
    for name, (_, line) in found.items():
        print(f"{name:<9} {line}")


if __name__ == "__main__":
    main()
