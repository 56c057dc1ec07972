"""Sessions of the real client that are killed at any moment; and the cap holds."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import client, scripts
from tests.e2e.session import Machine

KILLS, SIDE_BY_SIDE = 20, 2
USAGE = {"input_tokens": 74_990, "cache_read_input_tokens": 200, "output_tokens": 0}
CENTS, CAP = 0.15, 3.0
# A session's first request is thought to write its whole prompt to the cache and to answer as one
# of which nothing is known; a byte of it may count for a little more than the last one's did.
FIRST = 1.02 * 1.25 * CENTS + 600 * scripts.RATES["claude-sonnet-5-5"][1]


@pytest.mark.long
@pytest.mark.parametrize("version", [client.NEWEST])
def test_twenty_clients_killed_at_work(machine: Machine, api: Api) -> None:
    """At twenty moments: what is in the books passes the cap by no more than calls in flight.

    It comes so near that a new session's first request would not fit.
    """
    machine.cheaproute("cap", "set", str(CAP))
    endless = scripts.endless(USAGE)

    def script(request: Request) -> Reply:
        return replace(endless(request), delay_s=0.2)

    api.script = script
    made = random.Random(15)
    moments = [made.uniform(0.5, 8) for _ in range(KILLS)]

    def session(number: int) -> None:
        options = machine.options(plugin=True, model="sonnet")
        with subprocess.Popen(
            [machine.claude, "-p", f"GO {number}", *options],
            cwd=machine.project,
            env=machine.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            time.sleep(moments[number])
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(session, range(KILLS)))
    machine.run("Once more")
    made_before = len(api.calls)
    machine.run("And again")
    assert len(api.calls) == made_before
    spent = machine.costs()["total_usd"]
    assert spent + FIRST >= CAP
    assert spent <= CAP + SIDE_BY_SIDE * CENTS + 1e-6
    # A client that is killed with a call under way has not written it down.
    assert len(api.calls) * CENTS <= spent + KILLS * CENTS + 1e-6
    assert machine.cheaproute("ledger", "check").returncode == 0
