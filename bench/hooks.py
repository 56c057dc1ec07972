"""How long a hook takes, as hooks.json runs it: in turn with a bare `python -I -S -c pass`."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import cache_from_source

from bench import baseline
from bench.stage import ROOT, Stage, interpreter, plugin_copy

# Seconds by the clock, seconds of the processor.
Cost = tuple[float, float]

TASK = {
    "description": "Find usages of parse",
    "prompt": "List every file under src/ that calls parse(), with line numbers. Report only.",
    "subagent_type": "Explore",
}


# What each table's lines came to.
_ratios: dict[str, float] = {}


class Case:
    """One hook call: what comes before it, and what it is fed."""

    def __init__(self, title: str, hook: str, feed: Callable[[Stage, int], bytes]) -> None:
        self.title = title
        self.hook = hook
        self.feed = feed


def _with_row(feed: Callable[[Stage, int], bytes]) -> Callable[[Stage, int], bytes]:
    def fed(stage: Stage, number: int) -> bytes:
        stage.append()
        return feed(stage, number)

    return fed


def _agent(stage: Stage, number: int) -> bytes:
    return stage.event(
        "PreToolUse", tool_name="Agent", tool_use_id=f"toolu_{number}", tool_input=TASK
    )


def _batch(stage: Stage, _: int) -> bytes:
    call = {"tool_name": "Bash", "tool_use_id": stage.tool_use(), "tool_response": "x" * 2000}
    return stage.event("PostToolBatch", tool_calls=[call])


def _plain(name: str, **fields: str) -> Callable[[Stage, int], bytes]:
    return lambda stage, _: stage.event(name, **fields)


def cases() -> Iterator[Case]:
    """The hooks that a session runs again and again."""
    yield Case("PreToolUse(Agent), one new row", "pre_tool_use", _with_row(_agent))
    yield Case("PreToolUse(Agent), nothing new", "pre_tool_use", _agent)
    yield Case("PostToolBatch, one new row, cap on", "post_tool_batch", _with_row(_batch))
    yield Case("PostToolBatch, nothing new", "post_tool_batch", _batch)
    yield Case(
        "UserPromptSubmit", "user_prompt_submit", _plain("UserPromptSubmit", prompt="fix the bug")
    )
    yield Case("/costs", "user_prompt_submit", _plain("UserPromptSubmit", prompt="/costs"))
    yield Case(
        "Stop, one new row", "stop", _with_row(_plain("Stop", last_assistant_message="Done."))
    )
    yield Case("SessionEnd", "session_end", _plain("SessionEnd", reason="other"))


def run(*, quick: bool) -> None:
    """Print the tables: warm, cold, eight at once.

    A process with the hooks' own home starts them, as the client does: they look at what it was
    started with, and at settings files only where the two differ.
    """
    with tempfile.TemporaryDirectory(prefix="cheaproute-bench-") as place:
        subprocess.run(
            [sys.executable, "-m", "bench.hooks", place, "10" if quick else "100"],
            cwd=ROOT,
            env={**os.environ, "HOME": Stage(place).home},
            check=True,
        )
        with open(os.path.join(place, "ratios.json"), encoding="utf-8") as file:
            for name, ratio in json.load(file).items():
                baseline.note("hooks", name, ratio)


def measure(place: str, rounds: int) -> None:
    """Print the tables, and leave the ratios in `place`."""
    stage = ready(place)
    warm(stage, rounds)
    cold(place, max(rounds // 5, 3))
    crowd(stage, rounds // 5)
    with open(os.path.join(place, "ratios.json"), "w", encoding="utf-8") as file:
        json.dump(_ratios, file)


def ready(place: str) -> Stage:
    """A session with a past, a cap that is far off, and bytecode in place."""
    stage = Stage(place)
    stage.append(20)
    for case in cases():
        stage.timed(_argv(stage, case.hook), case.feed(stage, 0))
    db = sqlite3.connect(os.path.join(stage.data, "ledger.db"))
    db.execute("INSERT OR REPLACE INTO cap VALUES('month', 1000000000000, 'command', 0)")
    db.commit()
    db.close()
    return stage


def warm(stage: Stage, rounds: int) -> None:
    """Medians of interleaved runs."""
    bare = [interpreter(), "-I", "-S", "-c", "pass"]
    print(f"{'warm':36} {'bare ms':>8} {'hook ms':>8} {'ratio':>6} {'cpu':>6} {'p95 ms':>7}")
    for case in cases():
        floor: list[Cost] = []
        taken: list[Cost] = []
        for number in range(rounds):
            stdin = case.feed(stage, number)
            taken.append(stage.timed(_argv(stage, case.hook), stdin))
            floor.append(stage.timed(bare))
        print(_line("warm", case.title, floor, taken), flush=True)


def cold(place: str, rounds: int) -> None:
    """The first call after an update: no bytecode, and none kept.

    The last row is that call where a session has started and compiled the package before.
    """
    plugin = plugin_copy(os.path.join(place, "plugin"))
    stage = Stage(place, plugin=plugin, number=1)
    print(f"\n{'cold: no bytecode':36}")
    bare = [interpreter(), "-I", "-S", "-c", "pass"]
    first, _, third = list(cases())[:3]
    for case, started in ((first, False), (third, False), (first, True)):
        floor: list[Cost] = []
        taken: list[Cost] = []
        for number in range(rounds):
            for folder, _, _ in list(os.walk(plugin)):
                if folder.endswith("__pycache__"):
                    shutil.rmtree(folder)
            if started:
                _start(stage)
            stdin = case.feed(stage, number)
            taken.append(stage.timed(_argv(stage, case.hook), stdin))
            floor.append(stage.timed(bare))
        title = "PreToolUse(Agent), session started" if started else case.title
        print(_line("cold", title, floor, taken), flush=True)


def _start(stage: Stage) -> None:
    """Start a session; back when all is compiled that this has compiled in the background."""
    stage.timed(_argv(stage, "session_start"), stage.event("SessionStart", source="startup"))
    for folder, _, files in os.walk(os.path.join(stage.plugin, "cheaproute")):
        for file in files:
            path = os.path.join(folder, file)
            while file.endswith(".py") and not os.path.exists(cache_from_source(path)):
                time.sleep(0.01)


def crowd(stage: Stage, rounds: int, many: int = 8) -> None:
    """`many` at once, each in a session of its own; the time until the last has ended."""
    place = os.path.dirname(stage.home)
    stages = [Stage(place, number=10 + n) for n in range(many)]
    bare = [interpreter(), "-I", "-S", "-c", "pass"]
    print(f"\n{f'{many} at once, until the last ends':36}")
    for case in list(cases())[:4:2]:
        floor: list[Cost] = []
        taken: list[Cost] = []
        for number in range(max(rounds, 3)):
            fed = [(one, case.feed(one, 1000 + number)) for one in stages]
            taken.append(_together([(one, _argv(one, case.hook), raw) for one, raw in fed]))
            floor.append(_together([(one, bare, b"") for one in stages]))
        print(_line("8 at once", case.title, floor, taken), flush=True)


def _together(calls: list[tuple[Stage, list[str], bytes]]) -> Cost:
    begin = time.perf_counter()
    pids = [stage.spawn(argv, stdin) for stage, argv, stdin in calls]
    used = [os.wait4(pid, 0)[2] for pid in pids]
    return time.perf_counter() - begin, sum(one.ru_utime + one.ru_stime for one in used)


def _argv(stage: Stage, hook: str) -> list[str]:
    return [os.path.join(stage.plugin, "hooks", "run"), hook]


def _line(when: str, title: str, floor: list[Cost], taken: list[Cost]) -> str:
    low, low_cpu = (statistics.median(column) for column in zip(*floor, strict=True))
    median, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
    _ratios[f"{title}, {when}"] = median / low
    tail = sorted(taken)[int(len(taken) * 0.95)][0]
    return (
        f"{title:36} {low * 1e3:8.1f} {median * 1e3:8.1f} {median / low:5.2f}x"
        f" {cpu / low_cpu:5.2f}x {tail * 1e3:7.1f}"
    )


if __name__ == "__main__":
    measure(sys.argv[1], int(sys.argv[2]))
