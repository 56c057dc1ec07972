"""What older clients' running totals leave out or do not tell apart: nothing is counted twice."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd

pytestmark = [
    pytest.mark.long,
    pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH]),
    pytest.mark.parametrize("plugin", [True, False], ids=["plugin", "imported"]),
]
WHOLE = {"input_tokens": 20_000, "output_tokens": 1000}
LONG = {"input_tokens": 1000, "output_tokens": 2000, "cache_read_input_tokens": 50_000}
LONG_USD = 0.054  # of Opus 5.5
HOUR = 10_000
# What a token written for an hour costs more than one for five minutes.
MORE_USD = {"claude-opus-5-5": 3e-6, "claude-opus-4-8": 3.75e-6}


def books(machine: Machine) -> Any:
    """The sums once all transcripts are read."""
    assert machine.cheaproute("import").returncode == 0
    return machine.costs()


def test_writes_for_an_hour_and_a_gateways_model(machine: Machine, api: Api, plugin: bool) -> None:
    """Three answers with writes for an hour, two of them by another model than was asked for."""
    used = WHOLE | {
        "cache_creation_input_tokens": HOUR,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": HOUR},
    }

    def script(request: Request) -> Reply:
        if request.tool_results < 2:
            return Reply("", [scripts.bash("echo 1")], usage=used, model="claude-opus-4-8")
        return Reply("Done.", usage=used)

    api.script = script
    machine.run("GO", plugin=plugin, model="opus")
    assert len(api.bill) == 3
    billed = bill_usd(api.bill) + sum(HOUR * MORE_USD[one.model] for one in api.bill)
    assert books(machine)["total_usd"] == pytest.approx(billed, abs=1e-6)


def talk(machine: Machine, plugin: bool) -> None:
    """A program's session: an answer is broken off once it has begun; a compaction at the end."""
    stream = ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    command = [machine.claude, "-p", *stream, "--include-partial-messages"]
    with subprocess.Popen(
        [*command, *machine.options(plugin, "opus")],
        cwd=machine.project, env=machine.env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as client:  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        for text in ("one", "two", "LONG", "three", "/compact"):
            prompt = {"type": "user", "message": {"role": "user", "content": text}}
            print(json.dumps(prompt), file=client.stdin, flush=True)
            stopped = text != "LONG"
            for line in client.stdout:
                said = json.loads(line)
                if said["type"] == "result":
                    break
                if not stopped and '"content_block_delta"' in line:
                    stop = {"type": "control_request", "request": {"subtype": "interrupt"}}
                    print(json.dumps(stop | {"request_id": "1"}), file=client.stdin, flush=True)
                    stopped = True
        client.stdin.close()


def test_an_answer_that_was_broken_off_and_a_compaction(
    machine: Machine, api: Api, plugin: bool
) -> None:
    """All that was billed, and of the one that was broken off no more than it can have cost."""

    def script(request: Request) -> Reply:
        asked = [one for one in request.body["messages"] if one["role"] == "user"][-1]
        if "LONG" in json.dumps(asked):
            return Reply("many words of answer " * 60, usage=LONG, pause_s=5)
        return Reply("<summary>Seen.</summary>", usage=WHOLE)

    api.script = script
    talk(machine, plugin)
    billed = bill_usd(one for one in api.bill if one.usage["output_tokens"] == 1000)
    sums = books(machine)
    assert billed < sums["total_usd"] < billed + LONG_USD
    assert sums["lower_bound"] is True
