"""How good and how fast routing is, beside simple baselines.

The cases in tests/cases/routing are always scored. `CHEAPROUTE_EVAL=ROWS.jsonl[:MORE.jsonl...]`
names annotated rows kept outside this repository: they are measured with each repository left out
whole, and the contrast pairs of tools/examples with each hand, and each domain, left out.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence

from cheaproute.routing.decide import decide
from tools import routing_data, train_routing
from tools.routing_data import Task
from tools.routing_left_out import measure
from tools.routing_score import score

_CHEAP = r"\b(read|summari[sz]e|reformat|format|syntax|boilerplate|status|list|find|search)\b"
_DEAR = r"\b(architect\w*|design|debug\w*|why|root cause|reason\w*|business logic|security)\b"


def run(*, quick: bool) -> None:
    """Print all tables; `quick` leaves the cross-validation out."""
    paths = [path for path in os.environ.get("CHEAPROUTE_EVAL", "").split(":") if path]
    cases = routing_data.cases()
    _shipped("own regression cases, never trained on", cases)
    if paths and not quick:
        rows, pairs = routing_data.annotated(*paths), routing_data.pairs()
        print(f"\n== annotated rows: {len(rows)} tasks")
        _baselines(rows)
        seen = measure(rows, pairs, routing_data.examples())
        print("\n".join(seen.report(train_routing.bounds(seen))))
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
