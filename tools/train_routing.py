"""Fit the router's weights: `python -m tools.train_routing DATA.jsonl [--date YYYY-MM-DD]`.

Deterministic: the same data, examples and date give the same file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json

from cheaproute.routing.text.weights import FILE
from tools import routing_data, routing_fit
from tools.routing_score import score

_LEAST = 5  # thousandths; smaller weights say nothing


def main() -> None:
    """Cross-validate, calibrate, fit on everything, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="annotated rows, JSONL")
    parser.add_argument("--date", default=str(dt.datetime.now(tz=dt.UTC).date()))
    parser.add_argument("--out", default=FILE)
    args = parser.parse_args()
    tasks, examples = routing_data.annotated(args.data), routing_data.examples()
    found = routing_fit.crossvalidate(tasks, examples)
    slope, shift = routing_fit.calibration([*found[True], *found[False]], [*tasks, *tasks])
    weights = routing_fit.calibrated(routing_fit.fit([*tasks, *examples]), slope, shift)
    figures = {}
    for typed, name in ((True, "type known"), (False, "type unknown")):
        sent = routing_fit.sent(tasks, found[typed], (slope, shift))
        figures[name] = score([task.tier for task in tasks], sent).line()
    about = {
        "date": args.date,
        "rows": len(tasks),
        "rows_digest": routing_data.digest(tasks),
        "examples": len(examples),
        "examples_digest": routing_data.digest(examples),
        "calibration": [round(slope, 3), round(shift, 3)],
        "cross_validated": figures,
    }
    rounded = {name: (round(1000 * a), round(1000 * b)) for name, (a, b) in weights.items()}
    kept = {n: pair for n, pair in sorted(rounded.items()) if max(map(abs, pair)) >= _LEAST}
    with open(args.out, "w", encoding="ascii") as file:
        file.write("# The router's weights, by `python -m tools.train_routing`:\n")
        file.write("# feature, log-odds of needing more than Haiku, than Sonnet, in thousandths\n")
        file.writelines(f"# {name} = {json.dumps(value)}\n" for name, value in about.items())
        file.writelines(f"{name} {a} {b}\n" for name, (a, b) in kept.items())
    print(json.dumps(about, indent=2))
    print(f"{len(kept)} weights in {args.out}")


if __name__ == "__main__":
    main()
