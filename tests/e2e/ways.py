"""Ways of going on past a cap, each a script against the stand-in API, counted there.

Calls of $0.20 that take half a second, a cap of $0.50: three are allowed, the third one passes it.
`python -m tests.e2e.ways VERSION [WAY...]` prints the table that hooks/README.md is made from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.api import Api, Reply, Request, Tool
from tests.e2e import client, scripts
from tests.e2e.session import Machine

USAGE = {"input_tokens": 100_000, "output_tokens": 0}
# What the client's look costs whether there is a model: a word, and one token.
LOOK = {"input_tokens": 10, "output_tokens": 1}
MARK = "GO-MAIN"
ALLOWED = 3
DELAY_S = 0.5
PRICES = prices.load()
Answers = Callable[[Request], Reply]
Script = Callable[[Machine], Answers]


@dataclass(frozen=True)
class Way:
    """`script` makes the API's answers, and whatever has to lie there before the session."""

    name: str
    script: Script
    options: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    prompt: str = MARK
    prompts: Sequence[str] = ()  # several, as stream-json
    runs: int = 1
    play: Callable[[Machine, Mapping[str, str]], None] | None = None  # in place of all these
    cap_usd: float = 0.5


def settings(machine: Machine, content: object, name: str = "settings.json") -> None:
    """The project's own settings."""
    place = Path(machine.project) / ".claude" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(content if isinstance(content, str) else json.dumps(content))


def hooks(event: str, *, times: int = 1, **hook: object) -> Callable[[Machine], None]:
    """The project has `times` hooks at `event`."""

    def write(machine: Machine) -> None:
        settings(machine, {"hooks": {event: [{"hooks": [hook] * times}]}})

    return write


def loop(prepare: Callable[[Machine], None] | None = None) -> Script:
    """A loop of tool calls, in a project that `prepare` has seen."""

    def script(machine: Machine) -> Answers:
        if prepare:
            prepare(machine)
        return scripts.endless(USAGE)

    return script


def always(reply: Reply, prepare: Callable[[Machine], None] | None = None) -> Script:
    """The same answer to each request, thirty times."""

    def script(machine: Machine) -> Answers:
        if prepare:
            prepare(machine)
        return lambda _request: reply

    return script


def calls(*tools: Tool) -> Script:
    """One after the other of `tools`, again and again."""

    def main(request: Request) -> Reply:
        number = request.tool_results
        if number >= scripts.ENOUGH:
            return Reply("End.", usage=USAGE)
        return Reply("", [tools[number % len(tools)]], USAGE)

    return lambda _machine: scripts.conversations(
        main, lambda _request: Reply("Found.", usage=USAGE), MARK
    )


def bash(*commands: str) -> Script:
    """What a model may try by its shell, one command a step."""
    return calls(*map(scripts.bash, commands))


def measure(way: Way, machine: Machine, api: Api, so_far: list[int] | None = None) -> list[int]:
    """The requests (1, 2, ...) that leave though the cap is passed by those answered before.

    `so_far` has them, too, where a client does not come to an end.
    """
    late = [] if so_far is None else so_far
    machine.cheaproute("cap", "set", f"{way.cap_usd:.2f}")
    script = way.script(machine)

    def answer(request: Request) -> Reply:
        reply = script(request)
        if billed_usd(api) >= way.cap_usd:
            late.append(len(api.calls))
        return replace(reply, delay_s=reply.delay_s or DELAY_S)

    api.script = answer
    env = {name: value.replace("{url}", api.url) for name, value in way.env.items()}
    env = {"CLAUDE_CODE_STOP_HOOK_BLOCK_CAP": "1000", **env}
    if way.play:
        way.play(machine, env)
        return late
    for _ in range(way.runs):
        if way.prompts:
            streamed(machine, way, env)
        else:
            options = machine.options(plugin=True, model="sonnet")
            machine.client("-p", way.prompt, *options, *way.options, **env)
    return late


def billed_usd(api: Api) -> float:
    """What was answered so far, at list price; what is no price's business counts as $0.20."""
    total = 0
    for one in api.bill:
        call = Call("", 1_795_000_000_000, one.model)
        call.input = USAGE["input_tokens"]
        if one.usage == LOOK:
            call.model, call.input, call.output = "claude-opus-5-5", *LOOK.values()
        total += prices.cost_nano(call, PRICES) or 200_000_000
    return total / 1e9


def streamed(machine: Machine, way: Way, env: Mapping[str, str]) -> None:
    """One session that is given all prompts at once."""
    rows = [
        {"type": "user", "message": {"role": "user", "content": prompt}} for prompt in way.prompts
    ]
    options = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    subprocess.run(
        [machine.claude, *options, *machine.options(plugin=True, model="sonnet"), *way.options],
        input="".join(json.dumps(row) + "\n" for row in rows),
        cwd=machine.project,
        env={**machine.env, **env},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def main(version: str, names: Sequence[str]) -> None:
    """Measure the ways `names` (none: all) in one client."""
    from tests.e2e.ways_amid_table import AMID
    from tests.e2e.ways_aside_table import ASIDE
    from tests.e2e.ways_begun_table import BEGUN
    from tests.e2e.ways_beside_table import BESIDE
    from tests.e2e.ways_bounds_table import BOUNDS
    from tests.e2e.ways_doors_table import DOORS
    from tests.e2e.ways_further import FURTHER
    from tests.e2e.ways_ground import GROUND
    from tests.e2e.ways_meeting import MEETING
    from tests.e2e.ways_odd_table import ODD
    from tests.e2e.ways_table import WAYS

    tables = WAYS, FURTHER, GROUND, ASIDE, MEETING, ODD, DOORS, BEGUN, BOUNDS, AMID, BESIDE
    for way in (one for table in tables for one in table):
        if names and way.name not in names:
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, Api() as api:
            home, project = os.path.join(place, "home"), os.path.join(place, "project")
            machine = Machine(home, project, client.find(version), api)
            machine.prepare()
            begin = time.monotonic()
            late: list[int] = []
            with suppress(subprocess.TimeoutExpired):  # it took so long, says the line
                measure(way, machine, api, late)
            try:
                os.makedirs(project, exist_ok=True)  # a way may have taken it
                costs = machine.costs()
                told = f"${costs['total_usd']:.2f}{'+' if costs['lower_bound'] else ''}"
            except (AssertionError, ValueError, OSError):
                told = "?"
            took = time.monotonic() - begin
            print(
                f"{version}  {way.name:32} {len(api.calls):3} calls, ${billed_usd(api):5.2f}, "
                f"past the cap {len(late):3} ledger {told:8} {took:.0f} s",
                flush=True,
            )
            if api.faults:
                print("   ", api.faults[:1], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
