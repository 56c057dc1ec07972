"""`python -m bench [--quick] [PART ...]`: the measurements that the README quotes."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from bench import baseline

# name -> what it measures; each is a module here with `run(*, quick: bool) -> None`.
PARTS = {
    "hooks": "each hook as hooks.json runs it, against a bare interpreter",
    "mod": "what the module adds to each request, in the real client",
    "race": "fifty processes at the last dollars of one cap",
    "routing": "unsafe, captured and exact, beside simple baselines; the time of a decision",
    "delegation": "a session of bulk reads with and without cheaproute, in the real client",
    "soak": "thousands of hook calls of many sessions, and an exact ledger",
    "history": "import of a large history, in turn with ccusage",
    "plan": "what each lever of the plan would have saved on a corpus, and how long that takes",
    "team": "fifty machines and one PostgreSQL that is killed meanwhile",
    "judge": "the second voice, with your own key and history (costs money: only if named)",
    "scale": "a hook and /costs on a small and a large ledger, a short and a long transcript",
}


def main() -> int:
    """Run the parts asked for, in order; all of them if none is."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--keep", action="store_true", help="write the ratios to baseline.json")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see that it runs")
    args = parser.parse_args()
    unknown = set(args.part) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in args.part or [part for part in PARTS if part != "judge"]:
        print(f"## {name}: {PARTS[name]}\n")
        import_module(f"bench.{name}").run(quick=args.quick)
        print(flush=True)
    lines = baseline.compare()
    if lines:
        print(f"{'## ratios':64} {'kept':>7} {'now':>7}", *lines, sep="\n")
    if args.keep:
        baseline.keep()
    return 0


if __name__ == "__main__":
    sys.exit(main())
