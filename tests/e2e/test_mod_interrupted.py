"""What a person breaks off, in the real client: no word on the model that was at work."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from cheaproute.ledger import failures, store
from tests.api import Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, NEWEST
from tests.e2e.session import Machine
from tests.marks import in_long

SEARCH = "SUBTASK: list every file that mentions the word ledger, with line numbers."


@pytest.mark.parametrize("version", [in_long(FIRST_FETCH), NEWEST])
def test_ctrl_c_with_haiku_at_work_does_not_rest_it(machine: Machine) -> None:
    """The next lookup goes to Haiku again, in whatever session."""

    def script(request: Request) -> Reply:
        if "SUBTASK" in request.text and "MAINTASK" not in request.text:
            return Reply("Found.", delay_s=20)
        return Reply("", [scripts.agent("find the ledger", SEARCH)])

    machine.api.script = script
    command = [machine.claude, "-p", "MAINTASK", *machine.options(plugin=True, model="opus")]
    with subprocess.Popen(
        command, cwd=machine.project, env=machine.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as client:  # fmt: skip
        end = time.monotonic() + 60
        while not any("haiku" in model for model in machine.api.models):
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.5)
        client.send_signal(signal.SIGINT)
        client.wait(60)
    with store.connect(os.path.join(machine.data, "ledger.db")) as db:
        assert failures.resting(db, int(time.time() * 1000)) == {}
        said = db.execute("SELECT routed, reason FROM dispatch").fetchall()
    assert [(routed, "failed" in reason) for routed, reason in said] == [("haiku", False)]
