"""Fit the classifier of main-loop prompts: `python -m tools.train_turns ROWS.jsonl...`.

Deterministic. Each answer's bound is set on log-odds of prompts whose repository, or domain, was
left out; what is printed is measured with the bound, too, chosen without the repository.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence

import numpy as np

from cheaproute.routing import turns as shipped
from cheaproute.routing.prompts import weights
from cheaproute.routing.text import grams
from tools import routing_fit, turn_fit
from tools.routing_score import part
from tools.turn_fit import ANSWERS, Turn

RAISED = 0.17  # of what does not need Opus, the share that may be called so
BEGINS = 0.03  # of what goes on with the task at hand, the share that may be called another
MAX_UNSAFE = 0.02
SURE = 0.1  # of what needs Opus, the share that may be called surely not so
CURVE = (0.1, 0.12, 0.2, 0.25)
_LEAST = 5


def bound(name: str, rows: Sequence[tuple[float, bool]], raised: float = RAISED) -> float:
    """The log-odds from which on answer `name` holds, by left-out `(log-odds, is so)`."""
    if name in ("opus", "newtask"):
        share = raised if name == "opus" else BEGINS
        return float(np.quantile([a for a, so in rows if not so], 1 - share))
    if name == "haiku":
        return routing_fit.controlled([a for a, so in rows if so], MAX_UNSAFE)
    return max(sorted({a for a, _ in rows}), key=lambda at: _f1(rows, at))


def _f1(rows: Sequence[tuple[float, bool]], at: float) -> float:
    found = sum(so for a, so in rows if a >= at)
    return 2 * found / max(sum(a >= at for a, _ in rows) + sum(so for _, so in rows), 1)


def measured(turns: Sequence[Turn], name: str) -> tuple[float, float, list[str]]:
    """Two bounds of answer `name`, and how good it is on repositories, and domains, left out.

    From the first on it holds, below the second it surely does not.
    """
    scores = [
        (turn, score, bool(ANSWERS[name](turn)))
        for turn, score in zip(turns, turn_fit.left_out(turns, name), strict=True)
        if turn_fit.known(turn, name)
    ]
    real = [(a, so) for turn, a, so in scores if not turn.made]
    low = routing_fit.controlled([a for _, a, so in scores if so], SURE)
    said = _held_out(scores, name)
    at = bound(name, real)
    made = [(a >= at, so) for turn, a, so in scores if turn.made]
    lines = [_line(said), _line(made)]
    if name == "opus":
        lines.append("or by a word " + _line(_held_out(scores, name, or_else=_by_word)))
        lines.append(
            "made, or by a word "
            + _line([(a >= at or _by_word(turn), so) for turn, a, so in scores if turn.made])
        )
        lines.append("open " + part(sum(low <= a < at for a, _ in real), len(real)))
        lines += [f"at {r}: {_line(_held_out(scores, name, r))}" for r in CURVE]
    return at, low, lines


def _by_word(turn: Turn) -> bool:
    """Whether the shipped router takes it for a hard one whatever the odds are."""
    return shipped.is_hard(turn.text)


def _held_out(
    scores: Sequence[tuple[Turn, float, bool]],
    name: str,
    raised: float = RAISED,
    or_else: Callable[[Turn], bool] = lambda _: False,
) -> list[tuple[bool, bool]]:
    """`(said, so)` of each real prompt, the bound chosen without its repository."""
    said: list[tuple[bool, bool]] = []
    for group in sorted({turn.group for turn, _, _ in scores if not turn.made}):
        others = [(a, so) for turn, a, so in scores if not turn.made and turn.group != group]
        at = bound(name, others, raised)
        said += [(a >= at or or_else(turn), so) for turn, a, so in scores if turn.group == group]
    return said


def _line(said: Sequence[tuple[bool, bool]]) -> str:
    yes = sum(so for _, so in said)
    hit, wrong = (sum(a and so is want for a, so in said) for want in (True, False))
    f1 = 2 * hit / max(hit + wrong + yes, 1)
    return f"known {part(hit, yes)}   of the rest {part(wrong, len(said) - yes)}   F1 {f1:.2f}"


def main() -> None:
    """Measure, fit on everything, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", help="annotated prompts, JSONL")
    parser.add_argument("--out", default=weights.FOLDER, help="the folder")
    args = parser.parse_args()
    real, made = turn_fit.real(*args.data), turn_fit.made()
    turns = [*real, *made]
    found = {name: measured(turns, name) for name in weights.ANSWERS}
    models = [turn_fit.fit(turns, name) for name in weights.ANSWERS]
    steps = [float(np.abs(model.words).max()) / 127 or 1.0 for model in models]
    table = b"".join(
        bytes((np.rint(model.words / step) + grams.ZERO).astype(np.uint8))
        for model, step in zip(models, steps, strict=True)
    )
    with open(os.path.join(args.out, "grams.bin"), "wb") as binary:
        binary.write(table)
    lines = {
        "bound:answer": [round(1000 * found[name][0]) for name in weights.ANSWERS],
        # Below the bound, and not below this: asked about.
        "sure:opus": [round(1000 * (found["opus"][1] - found["opus"][0])), 0, 0, 0, 0],
        # 0: its words say nothing, and are not looked up.
        "step:words": [
            round(1_000_000 * step) if model.words.any() else 0
            for model, step in zip(models, steps, strict=True)
        ],
    }
    for name in sorted({name for model in models for name in model.named}):
        row = [round(1000 * model.named.get(name, 0.0)) for model in models]
        if max(map(abs, row)) >= _LEAST:
            lines[name] = row
    with open(os.path.join(args.out, "weights.txt"), "w", encoding="ascii") as file:
        file.write("# Weights of main-loop prompts, by `python -m tools.train_turns`:\n")
        file.write(f"# log-odds of {', '.join(weights.ANSWERS)}, in thousandths\n")
        file.write(f"# rows = {len(real)}\n# made = {len(made)}\n")
        file.writelines(f"# {n} = {json.dumps(lines)}\n" for n, (_, _, lines) in found.items())
        file.writelines(f"{name} {' '.join(map(str, row))}\n" for name, row in lines.items())
    for name, (_, _, said) in found.items():
        print("\n".join(f"{name:<9} {line}" for line in said))


if __name__ == "__main__":
    main()
