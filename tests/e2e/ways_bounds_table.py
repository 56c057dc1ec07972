"""Ways that no gate of ours can end, each with the bound that hooks/README.md gives."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.api import Billed, Reply, Request
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, Way, bash, loop, settings

# Asks the API itself, as any program with the key may.
ASKS = """import json, os, urllib.request
body = {"model": "claude-sonnet-5-5", "max_tokens": 9,
        "messages": [{"role": "user", "content": "x"}]}
for _ in range(10):
    urllib.request.urlopen(urllib.request.Request(
        os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json.dumps(body).encode(),
        {"content-type": "application/json", "x-api-key": os.environ["ANTHROPIC_API_KEY"]}))
"""
SMALL = {"input_tokens": 1000, "output_tokens": 0}


def _env(**values: str) -> Script:
    def write(machine: Machine) -> None:
        for name in ("libsqlite3.so.0", "libz.so.1", "libffi.so.8"):
            path = Path(machine.project) / "lib" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")
        lib = {name: value.format(lib=f"{machine.project}/lib") for name, value in values.items()}
        settings(machine, {"env": lib})

    return loop(write)


def _asks(machine: Machine) -> Answers:
    Path(machine.project, "ask.py").write_text(ASKS)
    return bash("/usr/bin/python3 ask.py")(machine)


def _given_up(machine: Machine) -> Answers:
    """Each is billed though nobody waited for it."""
    settings(machine, {"env": {"API_TIMEOUT_MS": "2500", "CLAUDE_CODE_MAX_RETRIES": "8"}})

    def answer(request: Request) -> Reply:
        bill = machine.api.bill
        bill.append(Billed("", "", request.model, USAGE, request.at_s + 2.5, request.at_s))
        return Reply("A", usage=USAGE, delay_s=4)

    return answer


def _dearer_than_long(_machine: Machine) -> Answers:
    """Twenty agents whose answers cost some eight times what the length of a prompt says."""
    agents = [scripts.agent(f"a{n}", f"SUB {n}") for n in range(20)]
    delays = itertools.cycle([0.5, 1, 2, 3, 4])

    def main(request: Request) -> Reply:
        return Reply("All.", usage=USAGE) if request.tool_results else Reply("", agents, SMALL)

    def agent(_request: Request) -> Reply:
        return Reply("Found.", usage=USAGE, delay_s=next(delays))

    return scripts.conversations(main, agent, MARK)


BOUNDS = [
    Way("env: the loader only lists", _env(LD_TRACE_LOADED_OBJECTS="1")),
    Way("env: libraries that are none", _env(LD_LIBRARY_PATH="{lib}")),
    Way("shell: the API itself", _asks),
    Way("env: given up, yet billed", _given_up),
    Way("agents dearer than long", _dearer_than_long),
]
