"""kill -9 at any moment: nothing is lost, nothing doubled, and the next run heals."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from cheaproute.cap import reservations
from cheaproute.client.transcript import layout
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.conftest import ROOT
from tests.faults.box import ONE, Box
from tests.transcripts import append, assistant

# Forks children that do the work of one process, kills each at a random moment, two at a time.
ZYGOTE = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[1])
rounds, longest, made = int(sys.argv[2]), float(sys.argv[3]), random.Random(int(sys.argv[4]))
{setup}
def child(number):
{work}
if not longest:  # as long as one takes that nobody kills, and half of it more
    began = time.monotonic()
    if not (pid := os.fork()):
        child(rounds)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    longest = 1.5 * (time.monotonic() - began)
running = []
for number in range(rounds):
    pid = os.fork()
    if not pid:
        code = 3
        try:
            child(number)
            code = 0
        finally:
            os._exit(code)
    running.append(pid)
    if len(running) == 2:
        time.sleep(made.uniform(0, longest))
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
            assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
        running = []
"""


def murder(setup: str, work: str, rounds: int, longest: float, *args: str, **env: str) -> None:
    """Run `work` (a function's body) in `rounds` children, each killed within `longest` seconds.

    With 0 for `longest`, one more child is left to its end first, and its time is measured.
    """
    indented = "".join(f"    {line}\n" for line in work.strip().splitlines())
    code = ZYGOTE.format(setup=setup, work=indented)
    command = [sys.executable, "-c", code, ROOT, str(rounds), str(longest), "7", *args]
    subprocess.run(command, check=True, env={**os.environ, **env}, timeout=100)


def test_hooks_as_processes(box: Box) -> None:
    """The launcher and all behind it, killed at 40 moments from the first to the last."""
    made = random.Random(7)
    begin = time.monotonic()
    box.hook("stop")
    took = time.monotonic() - begin
    for number in range(20):
        box.call_api()
        pair = [box.start(hook) for hook in ("post_tool_batch", "pre_tool_use")]
        for hook in pair:
            assert hook.stdin is not None
            hook.stdin.write(box.event("pre_tool_use", tool_use_id=f"toolu_{number}"))
            hook.stdin.close()
        time.sleep(made.uniform(0, 1.5 * took))
        for hook in pair:
            hook.send_signal(signal.SIGKILL)
            assert hook.wait(10) in (0, -signal.SIGKILL)
            for pipe in (hook.stdout, hook.stderr):
                assert pipe is not None
                pipe.close()
    box.hook("stop")
    assert box.exact()
    assert box.log() == ""


def test_hooks_at_work(box: Box) -> None:
    """A hook's work alone, killed at 80 moments: most of them within a transaction."""
    setup = """
import json
from cheaproute.hook import main
from cheaproute.hook.events import pre_tool_use, post_tool_batch
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.client_totals import reconcile
from tests.transcripts import append, assistant
path, event, session = sys.argv[5:8]
"""
    work = """
append(path, assistant(f"msg_kill_{number}", session=session))
fields = {**json.loads(event), "tool_use_id": f"toolu_{number}"}
main.respond("pre_tool_use", json.dumps(fields).encode(), os.environ)
"""
    arguments = (str(box.transcript), box.event("pre_tool_use").decode(), box.session)
    murder(setup, work, 80, 0, *arguments, **box.env)
    box.hook("stop")
    # A killed child may not have come to its own row; what is in the file is in the ledger.
    ids = {
        json.loads(line)["message"]["id"]
        for line in box.transcript.read_bytes().splitlines()
        if line.endswith(b"}")
    }
    assert box.total() == (len(ids), len(ids) * ONE)
    assert len(ids) > 20
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        [[dispatches, distinct]] = db.execute("SELECT count(*), count(DISTINCT id) FROM dispatch")
    assert dispatches == distinct > 0
    assert box.log() == ""


def test_reading_a_history(box: Box) -> None:
    """A long history, read by one killed process after another, ends up whole."""
    folder = box.home / ".claude" / "projects" / "-other"
    folder.mkdir()
    for number in range(6):
        session = f"0a1b2c3d-1111-4222-8333-9999999999{number:02d}"
        rows = [assistant(f"msg_{number}_{n}", session=session) for n in range(150)]
        append(folder / f"{session}.jsonl", *rows)
    setup = """
from cheaproute.client.transcript import layout
from cheaproute.ledger import store
from cheaproute.ledger.client_totals import reconcile
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
table = prices.load()
"""
    work = """
db = store.connect(sys.argv[5])
for path in layout.below(sys.argv[6]):
    ingest.meter(db, path, 0, table)
"""
    murder(setup, work, 60, 0.05, str(box.ledger), str(folder))
    with contextlib.closing(store.connect(str(box.ledger))) as db:
        for path in layout.below(str(folder)):
            ingest.meter(db, path, 0, prices.load())
    assert box.total() == (902, 902 * ONE)


DELEGATION = """
from cheaproute.delegate.backends.request import Reply, Request
from cheaproute.delegate.metered import Purse
from cheaproute.delegate.secrets import gate
from cheaproute.ledger import store
from cheaproute.ledger.calls import record
from cheaproute.usage import prices
from cheaproute.usage.call import Call
table = prices.load()
gate.clear("Say hello.", "what is looked for is compiled at the first look")
journal = os.open(sys.argv[6], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
class Stub:
    name, overhead_tokens, writes_cache = "stub", 0, False
    def count(self, request):
        return None
    def prepare(self):
        pass
    def send(self, request, on_text=None):
        time.sleep(0.002)
        id = f"msg_{os.getpid()}_{time.time_ns()}"
        call = Call(id, time.time_ns() // 10**6, "claude-haiku-5-5", input=1000, output=100)
        return Reply("Done.", call, "end_turn", 2)
"""


def test_delegated_calls(box: Box) -> None:
    """What is booked is booked once, and what a dead process had set aside counts no more."""
    work = """
db = store.connect(sys.argv[5])
purse = Purse(db, Stub(), table, "ask", lambda: time.time_ns() // 10**6)
while True:
    reply = purse.pay(Request("claude-haiku-5-5", "", "Say hello.", 100, 10, retries=0))
    os.write(journal, reply.call.id.encode() + b"\\n")
"""
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        db.execute("INSERT INTO cap VALUES('month', 1000000000000, 'command', 0)")
        db.commit()
    journal = box.home / "journal"
    murder(DELEGATION, work, 40, 0.15, str(box.ledger), str(journal))
    told = journal.read_text().split()
    assert len(told) == len(set(told)) > 10
    with contextlib.closing(sqlite3.connect(box.ledger, isolation_level=None)) as db:
        booked = {row[0] for row in db.execute("SELECT id FROM call WHERE source = 2")}
        assert reservations.live(db, time.time_ns() // 1_000_000, prune=True) == []
        assert db.execute("SELECT count(*) FROM reservation").fetchone() == (0,)
    # Each that was told of is booked; at most one a death was booked and not yet told of.
    assert set(told) <= booked
    assert len(booked - set(told)) <= 40
    box.total()


@pytest.mark.parametrize("hook", ["session_end", "stop"])
def test_carrying_the_log_over(box: Box, hook: str) -> None:
    """Killed while the write-ahead log goes into the file, 20 times: the ledger is whole."""
    made = random.Random(7)
    for _ in range(20):
        box.call_api(3)
        box.hook("post_tool_batch")
        process = box.start(hook)
        assert process.stdin is not None
        process.stdin.write(box.event(hook))
        process.stdin.close()
        time.sleep(made.uniform(0.01, 0.1))
        process.kill()
        process.wait(10)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()
    box.hook("post_tool_batch")
    assert box.exact()
