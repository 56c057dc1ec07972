"""What the module adds to each request, in the real client: with and without it, in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench import baseline
from tests.api import Api, Reply, Request
from tests.e2e import client, scripts
from tests.e2e.hands import copy
from tests.e2e.session import Machine

DELAY_S = 0.3
BIG_BYTES = 450_000


class Asked:
    """The stand-in's side: `count` requests of one turn, and when each came."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.came: list[float] = []

    def answer(self, request: Request) -> Reply:
        """A small tool, then the end."""
        self.came.append(time.monotonic())
        if len(self.came) >= self._count:
            return Reply("All done.", delay_s=DELAY_S)
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], delay_s=DELAY_S)


def run(*, quick: bool) -> None:
    """Print what lies between an answer and the next request, and a start of Python beside it."""
    program = client.find(client.NEWEST)
    rounds, count = (1, 6) if quick else (5, 20)
    bare = statistics.median(_bare() for _ in range(10 if quick else 40))
    print(f"A bare `python3 -I -S -c pass`: {bare:.1f} ms; {client.NEWEST}, API {DELAY_S} s\n")
    print(f"{'between answer and next request, ms':44} {'without':>8} {'with':>8} {'added':>8}")
    for title, cap, big in (
        ("no cap", "", False),
        ("a cap far away", "1000", False),
        (f"a cap far away, body of {BIG_BYTES // 1000} kB", "1000", True),
    ):
        without: list[float] = []
        with_it: list[float] = []
        for _ in range(rounds):
            without += _gaps(program, count, cap="", big=big, plugin=False)
            with_it += _gaps(program, count, cap=cap, big=big, plugin=True)
        before, after = statistics.median(without), statistics.median(with_it)
        print(f"{title:44} {before:8.1f} {after:8.1f} {after - before:8.1f}")
        baseline.note("mod", f"{title}, added / bare start", (after - before) / bare)


def _bare() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
    return (time.perf_counter() - begun) * 1000


def _gaps(program: str, count: int, *, cap: str, big: bool, plugin: bool) -> list[float]:
    """Milliseconds from each answer to the next request of one session."""
    with tempfile.TemporaryDirectory() as place, Api() as api:
        machine = Machine(os.path.join(place, "home"), os.path.join(place, "project"), program, api)
        machine.prepare()
        if big:
            machine.write(os.path.join(machine.project, "CLAUDE.md"), "a word " * (BIG_BYTES // 7))
        if cap:
            machine.write(".config/cheaproute/config.toml", f"[cap]\nmonth_usd = {cap}\n")
        asked = Asked(count)
        api.script = asked.answer
        options = ["--plugin-dir", copy(os.path.join(place, "plugin"))] if plugin else []
        done = machine.run("Go on.", *options, plugin=False, model="opus")
        if done.text != "All done.":
            raise RuntimeError(f"the session ended otherwise: {done.text} {done.stderr}")
        answered = sorted(billed.at_s for billed in api.bill)
        gaps = [later - at for at, later in zip(answered, asked.came[1:], strict=False)]
        return [gap * 1000 for gap in gaps[1:]]
