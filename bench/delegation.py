"""What a session of bulk reads costs with and without cheaproute, by the client's own totals.

The real client reads one file after the other; the stand-in API answers at once and says what each
call used: a token for every three bytes, what was sent before read from the cache, what is new
written to it. Haiku's digest is a made one of ordinary length. Prices are the client's own.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from dataclasses import dataclass

from tests.api import Api, Reply, Request, Tool
from tests.e2e import client
from tests.e2e import session as sessions
from tests.e2e.session import Machine

READS, QUICK = 20, 3
BYTES_A_TOKEN = 3
DIGEST_TOKENS = 400
_LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "WARN")


@dataclass(frozen=True)
class Run:
    """A session: what the client says it cost, and what the ledger adds, in USD."""

    client_usd: float
    delegated_usd: float = 0
    saved_usd: float = 0

    @property
    def total_usd(self) -> float:
        """All of it."""
        return self.client_usd + self.delegated_usd


def run(*, quick: bool) -> None:
    """Measure both sessions and print them as a table."""
    count = QUICK if quick else READS
    sessions.RUN_S = 900  # each digest starts a process
    program = client.find()
    without = session(program, count, plugin=False)
    with_it = session(program, count, plugin=True)
    print(f"A session on Opus 5.5 that reads {count} logs of 2,000 lines (78 kB each).\n")
    print("| | by the client's total | delegated calls | together |")
    print("|---|---|---|---|")
    for name, row in (("without cheaproute", without), ("with cheaproute", with_it)):
        print(
            f"| {name} | ${row.client_usd:.4f} | ${row.delegated_usd:.4f} | ${row.total_usd:.4f} |"
        )
    share = 1 - with_it.total_usd / without.total_usd
    print(
        f"\n{share:.0%} less. The ledger books ${with_it.saved_usd:.4f} of the"
        f" ${without.total_usd - with_it.total_usd:.4f} as saved: it prices each file once, as a"
        " cache write, and leaves out that later calls would have read it again."
    )


def session(program: str, count: int, *, plugin: bool) -> Run:
    """One session of `count` reads."""
    with tempfile.TemporaryDirectory() as place, Api() as api:
        machine = Machine(os.path.join(place, "home"), os.path.join(place, "project"), program, api)
        machine.prepare()
        paths = [_log(machine, number) for number in range(count)]
        api.script = Script(paths).answer
        done = machine.run("Look for errors in the logs.", plugin=plugin, model="opus")
        if done.text != "Read them all.":
            raise RuntimeError(f"the session ended otherwise: {done.text} {done.stderr}")
        if not plugin:
            return Run(done.cost_usd)
        report = machine.costs()
        return Run(done.cost_usd, report["total_usd"] - done.cost_usd, report["saved_usd"])


class Script:
    """The stand-in's side of a session that reads `paths` in turn."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self._sent = 0  # tokens of the main conversation that are in the cache

    def answer(self, request: Request) -> Reply:
        """The next read, or Haiku's digest."""
        tokens = len(json.dumps(request.body, ensure_ascii=False).encode()) // BYTES_A_TOKEN
        if not request.body.get("tools"):
            used = {"input_tokens": tokens, "output_tokens": DIGEST_TOKENS}
            return Reply("WHAT: a log.\nFINDINGS:\n" + "- a finding in a line\n" * 60, usage=used)
        used = {
            "input_tokens": 3,
            "cache_read_input_tokens": min(self._sent, tokens),
            "cache_creation_input_tokens": max(0, tokens - self._sent),
            "output_tokens": 80,
        }
        self._sent = tokens
        if request.tool_results == len(self._paths):
            return Reply("Read them all.", usage=used)
        return Reply("", [Tool("Read", {"file_path": self._paths[request.tool_results]})], used)


def _log(machine: Machine, number: int) -> str:
    chance = random.Random(number)
    lines = [
        f"10:{n // 60 % 60:02}:{n % 60:02} {chance.choice(_LEVELS):5} request"
        f" {chance.getrandbits(32):08x} served\n"
        for n in range(2000)
    ]
    return machine.write(os.path.join(machine.project, f"{number}.log"), "".join(lines))
