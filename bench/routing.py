"""How good and how fast routing is, beside simple baselines.

The cases in tests/cases/routing are always scored. `CHEAPROUTE_EVAL=ROWS.jsonl[:MORE.jsonl...]`
adds annotated rows kept outside this repository: those of the first file are cross-validated, those
of further ones scored with the shipped weights.
"""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from cheaproute.routing.decide import CAUTION, decide
from tools import routing_data, routing_fit
from tools.routing_data import Task
from tools.routing_score import part, score

_CURVE = (0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_CHEAP = r"\b(read|summari[sz]e|reformat|format|syntax|boilerplate|status|list|find|search)\b"
_DEAR = r"\b(architect\w*|design|debug\w*|why|root cause|reason\w*|business logic|security)\b"


def run(*, quick: bool) -> None:
    """Print all tables; `quick` leaves the cross-validation out."""
    paths = [path for path in os.environ.get("CHEAPROUTE_EVAL", "").split(":") if path]
    cases = routing_data.cases()
    _shipped("own regression cases, never trained on", cases)
    if paths and not quick:
        _crossvalidated(routing_data.annotated(paths[0]))
    for path in paths[1:]:
        _shipped(f"{os.path.basename(path)}, never trained on", routing_data.annotated(path))
    _speed([*cases, *routing_data.examples()])


def _shipped(title: str, tasks: Sequence[Task]) -> None:
    print(f"\n== {title}: {len(tasks)} tasks")
    _row("cheaproute", tasks, lambda t: decide(t.description, t.prompt, t.subagent_type).tier)
    _baselines(tasks)


def _baselines(tasks: Sequence[Task]) -> None:
    _row("always haiku", tasks, lambda _: "haiku")
    _row("agent type table", tasks, by_agent_type)
    _row("the guide's words", tasks, by_keyword)


def _row(name: str, tasks: Sequence[Task], route: Callable[[Task], str]) -> None:
    print(f"{name:<20} {score([t.tier for t in tasks], [route(t) for t in tasks]).line()}")


def by_agent_type(task: Task) -> str:
    """The simplest table: what explores is cheap, all else is not."""
    return "haiku" if "explore" in (task.subagent_type or "").lower() else "sonnet"


def by_keyword(task: Task) -> str:
    """The guide's rule to the letter: its words for Sonnet, its words for Haiku, else Haiku."""
    text = f"{task.description} {task.prompt}".lower()
    if re.search(_DEAR, text) and not re.match(_CHEAP, text):
        return "sonnet"
    return "haiku"


def _crossvalidated(tasks: list[Task]) -> None:
    found = routing_fit.crossvalidate(tasks, routing_data.examples())
    scale = routing_fit.calibration([*found[True], *found[False]], [*tasks, *tasks])
    needed = [task.tier for task in tasks]
    print(f"\n== annotated rows, cross-validated by family of tasks: {len(tasks)} tasks")
    for typed, name in ((True, "type known"), (False, "type unknown")):
        sent = routing_fit.sent(tasks, found[typed], scale)
        print(f"{name:<20} {score(needed, sent).line()}")
    _baselines(tasks)
    own = routing_fit.fit(routing_data.examples())
    unseen = [routing_fit.logits(own, task, typed=True) for task in tasks]
    sent = routing_fit.sent(tasks, unseen, scale)
    print(f"{'own examples only':<20} {score(needed, sent).line()}")
    sent = routing_fit.sent(tasks, found[True], scale)
    print(score(needed, sent).table())
    _folds(tasks, sent)
    print("\ncaution   unsafe, captured, exact (type known | unknown)")
    for caution in _CURVE:
        scores = [
            score(needed, routing_fit.sent(tasks, found[typed], scale, caution))
            for typed in (True, False)
        ]
        cells = "  |  ".join(
            "  ".join(f"{100 * some / of:5.1f} %" for some, of in (s.unsafe, s.captured, s.exact))
            for s in scores
        )
        print(f"{caution:<7} {'*' if caution == CAUTION else ' '} {cells}")
    _reliability(tasks, [routing_fit.share(scale[0] * a + scale[1]) for a, _ in found[True]])


def _folds(tasks: Sequence[Task], sent: Sequence[str]) -> None:
    """The score by repository where rows name one, else by size of family."""
    by: dict[str, list[int]] = defaultdict(list)
    for number, task in enumerate(tasks):
        by[task.repository or "repository not named"].append(number)
    for name, rows in sorted(by.items()):
        line = score([tasks[i].tier for i in rows], [sent[i] for i in rows]).line()
        print(f"{name:<20} {line}")


def _reliability(tasks: Sequence[Task], chance: Sequence[float]) -> None:
    """What was predicted beside what was so: a calibrated model has them alike."""
    print("\npredicted to need more than Haiku, and what did")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)):
        rows = [i for i, share in enumerate(chance) if low <= share < high]
        if rows:
            mean = sum(chance[i] for i in rows) / len(rows)
            more = sum(tasks[i].rank > 0 for i in rows)
            print(f"{low:.1f} to {min(high, 1):.1f}   mean {mean:.2f}   {part(more, len(rows))}")


def _speed(tasks: Sequence[Task]) -> None:
    print("\n== time for a decision (best of 5)")
    longest = max(tasks, key=lambda task: len(task.prompt))
    huge = "\n".join(task.prompt for task in tasks)
    huge *= 1 + 1_000_000 // len(huge)
    for name, prompt in (
        ("a sentence", "Find where the retry limit is defined"),
        (f"{len(longest.prompt)} characters", longest.prompt),
        ("1 MB", huge[:1_000_000]),
        ("1 MB on one line", huge[:1_000_000].replace("\n", " ")),
    ):
        best = min(_timed(prompt) for _ in range(5))
        print(f"{name:<20} {1000 * best:.2f} ms")


def _timed(prompt: str) -> float:
    start = time.perf_counter()
    decide("Do it", prompt)
    return time.perf_counter() - start
