"""What the module adds to each request, in the real client: with and without it, in turn."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import baseline
from tests.api import Api, Reply, Request
from tests.e2e import client, scripts
from tests.e2e.hands import started
from tests.e2e.session import Machine

DELAY_S = 0.3
BIG_BYTES = 450_000
# A module that starts a bare Python as ours is started, and writes down how long that takes.
_BARE = """
const start = async ($, e, next) => {
  const times = []
  for (let n = 0; n < COUNT; n++) {
    const begun = performance.now()
    await $.process.run(["PYTHON", "-I", "-S", "-c", "pass"])
    times.push(performance.now() - begun)
  }
  await $.fs.write("PLACE", JSON.stringify(times))
  return next(e)
}
export const register = on => { on("session.start", start) }
"""


class Asked:
    """The stand-in's side: turns of `count` requests each, and when each request came."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.came: list[float] = []

    def answer(self, request: Request) -> Reply:
        """A small tool, then the turn's end."""
        self.came.append(time.monotonic())
        if len(self.came) % self._count == 0:
            return Reply("All done.", delay_s=DELAY_S)
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], delay_s=DELAY_S)


def run(*, quick: bool) -> None:
    """Print what a request and a turn take beside the API, and what is started for them."""
    program = client.find(client.NEWEST)
    rounds, count = (1, 6) if quick else (5, 20)
    bare = _bare(program, 10 if quick else 40)
    print(f"A bare `python3 -I -S -c pass`: {bare:.1f} ms; {client.NEWEST}, API {DELAY_S} s\n")
    print(f"{'ms':52} {'without':>8} {'with':>8} {'added':>8} {'/ bare':>7}")
    for title, turns, each, cap, big in (
        ("turns of one request", count, 1, "", False),
        ("turns of one request, a cap far away", count, 1, "1000", False),
        (f"a request in a turn of {count}", 1, count, "", False),
        (f"a request in a turn of {count}, a cap far away", 1, count, "1000", False),
        (f"the same, body of {BIG_BYTES // 1000} kB", 1, count, "1000", True),
    ):
        without: list[float] = []
        with_it: list[float] = []
        starts = 0
        for _ in range(rounds):
            without += _session(program, turns, each, cap="", big=big, plugin=False)[0]
            times, started = _session(program, turns, each, cap=cap, big=big, plugin=True)
            with_it += times
            starts += started
        before, after = statistics.median(without), statistics.median(with_it)
        ratio = (after - before) / bare
        print(f"{title:52} {before:8.1f} {after:8.1f} {after - before:8.1f} {ratio:7.2f}")
        print(f"{'  starts of Python a request':52} {starts / rounds / turns / each:8.2f}")
        baseline.note("mod", f"{title}, added / bare start", ratio)


def _bare(program: str, count: int) -> float:
    """Milliseconds of a bare start by the client's own `$.process.run`."""
    with tempfile.TemporaryDirectory() as place, Api() as api:
        machine = Machine(os.path.join(place, "home"), os.path.join(place, "project"), program, api)
        machine.prepare()
        out, plugin = os.path.join(place, "times"), Path(place, "plugin")
        source = _BARE.replace("COUNT", str(count)).replace("PYTHON", sys.executable)
        for name, text in (
            (".claude-plugin/plugin.json", '{"name": "b", "version": "0.0.1", "description": "b"}'),
            ("hooks/hooks.json", '{"modules": ["./mod.js"], "hooks": {}}'),
            ("hooks/mod.js", source.replace("PLACE", out)),
        ):
            (plugin / name).parent.mkdir(parents=True, exist_ok=True)
            (plugin / name).write_text(text)
        machine.run("Go on.", "--plugin-dir", str(plugin), plugin=False)
        return float(statistics.median(json.loads(Path(out).read_text())))


def _session(
    program: str, turns: int, each: int, *, cap: str, big: bool, plugin: bool
) -> tuple[list[float], int]:
    """What lies beside the API in a session, and how many Pythons were started for its requests.

    Milliseconds from each answer to the next request of a turn; of turns of one request, from
    the prompt to its request and from the answer to the turn's end, together.
    """
    with tempfile.TemporaryDirectory() as place, Api() as api:
        machine = Machine(os.path.join(place, "home"), os.path.join(place, "project"), program, api)
        machine.prepare()
        if big:
            machine.write(os.path.join(machine.project, "CLAUDE.md"), "a word " * (BIG_BYTES // 7))
        if cap:
            machine.write(".config/cheaproute/config.toml", f"[cap]\nmonth_usd = {cap}\n")
        asked = Asked(each)
        api.script = asked.answer
        options = [*machine.options(plugin=False, model="opus")]
        log = Path()
        if plugin:
            log = started(Path(place, "plugin"))
            options += ["--plugin-dir", os.path.join(place, "plugin")]
        spans = _converse(machine, options, turns)
        answered = sorted(billed.at_s for billed in api.bill)
        once = ("session_start", "session_end")
        named = log.read_text().split() if plugin else []
        begun = [one for one in named if one not in once]
    if each == 1:
        pairs = zip(spans, asked.came, answered, strict=True)
        times = [(came - begun) + (ended - at) for (begun, ended), came, at in pairs]
    else:
        times = [later - at for at, later in zip(answered, asked.came[1:], strict=False)]
    return [one * 1000 for one in times[1:]], len(begun)


def _converse(machine: Machine, options: list[str], turns: int) -> list[tuple[float, float]]:
    """When each of a session's turns began and ended."""
    stream = ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    spans = []
    with subprocess.Popen(
        [machine.claude, "-p", *stream, *options],
        cwd=machine.project,
        env=machine.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        assert session.stdin is not None  # noqa: S101  # a pipe, as is the next
        assert session.stdout is not None  # noqa: S101
        for number in range(turns):
            message = {"role": "user", "content": f"Go on {number}."}
            begun = time.monotonic()
            session.stdin.write(json.dumps({"type": "user", "message": message}) + "\n")
            session.stdin.flush()
            for line in session.stdout:
                if '"type":"result"' in line:
                    break
            else:
                raise RuntimeError("the session ended before its turn did")
            spans.append((begun, time.monotonic()))
            time.sleep(0.5)  # what is done in the background is not of the next turn
        session.stdin.close()
    return spans
