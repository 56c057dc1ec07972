"""How good and how fast routing is, beside simple baselines.

The cases in tests/cases/routing are always scored. `CHEAPROUTE_EVAL=ROWS.jsonl[:MORE.jsonl...]`
names annotated rows kept outside this repository: they are measured with each repository left out
whole, and the contrast pairs of tools/examples with each hand, and each domain, left out.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Sequence

from cheaproute.routing.decide import decide
from cheaproute.routing.text import grams
from tools import routing_data, train_routing
from tools.routing_data import Task
from tools.routing_left_out import measure
from tools.routing_score import score

_AIM = 0.001  # seconds
_CHEAP = r"\b(read|summari[sz]e|reformat|format|syntax|boilerplate|status|list|find|search)\b"
_DEAR = r"\b(architect\w*|design|debug\w*|why|root cause|reason\w*|business logic|security)\b"


def run(*, quick: bool) -> None:
    """Print all tables; `quick` leaves the cross-validation out."""
    paths = [path for path in os.environ.get("CHEAPROUTE_EVAL", "").split(":") if path]
    cases = routing_data.cases()
    _shipped("own regression cases, never trained on", cases)
    rows = routing_data.annotated(*paths) if paths else []
    if rows and not quick:
        pairs = routing_data.pairs()
        print(f"\n== annotated rows: {len(rows)} tasks")
        _baselines(rows)
        seen = measure(rows, pairs, routing_data.examples())
        print("\n".join(seen.report(train_routing.bounds(seen))))
    _speed([*cases, *routing_data.examples()])
    _spread(rows or cases)


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
        best = min(_timed("Do it", prompt) for _ in range(5))
        print(f"{name:<20} {1000 * best:.2f} ms")


def _spread(tasks: Sequence[Task]) -> None:
    """Each task's time, beside that of something bare: to count the words of all that is read."""
    bare, times = math.inf, [math.inf] * len(tasks)
    words = " ".join(f"word{n}" for n in range(grams.HEAD_CHARS + grams.TAIL_CHARS))
    for _ in range(5):  # by turns
        bare = min(bare, _counted(words[: grams.HEAD_CHARS + grams.TAIL_CHARS]))
        for i, task in enumerate(tasks):
            took = _timed(task.description, task.prompt, task.subagent_type)
            times[i] = min(times[i], took)
    times.sort()
    over = sum(took > _AIM for took in times) / len(times)
    print(f"\n== {len(tasks)} tasks (best of 5), beside counting {1000 * bare:.2f} ms of words")
    for name, share in (("median", 0.5), ("nine of ten", 0.9), ("99 of 100", 0.99), ("all", 1.0)):
        took = times[min(int(share * len(times)), len(times) - 1)]
        print(f"{name:<20} {1000 * took:.2f} ms = {took / bare:.2f}")
    print(f"{'over 1 ms':<20} {100 * over:.1f} %")


def _timed(description: str, prompt: str, subagent_type: str | None = None) -> float:
    start = time.perf_counter()
    decide(description, prompt, subagent_type)
    return time.perf_counter() - start


def _counted(text: str) -> float:
    start = time.perf_counter()
    counts: dict[str, int] = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return time.perf_counter() - start
