"""The ledger under random work of threads and processes, in the manner of diskcache's stress test.

The work is seeded; whatever happened, the walk over the whole store finds nothing wrong.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from cheaproute.errors import LedgerBusy
from cheaproute.ledger import store
from cheaproute.ledger.calls import retention
from cheaproute.ledger.ingest import history, ingest, telemetry, tracked
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check, daily, rebuild
from cheaproute.usage import prices
from tests.transcripts import append, assistant, cost_state, usage, write

PRICES = prices.load()
NOW = 1_795_341_600_000
SESSIONS = [f"{n:08x}-1111-4333-8444-555555555555" for n in range(4)]


def work(place: Path, seed: int, rounds: int) -> None:
    """Random operations on one ledger and the transcripts beside it."""
    rnd = random.Random(seed)
    projects = place / "projects" / "-p"
    with contextlib.closing(store.connect(str(place / "data" / "ledger.db"))) as db:
        for _ in range(rounds):
            path = projects / f"{rnd.choice(SESSIONS)}.jsonl"
            with contextlib.suppress(LedgerBusy):
                _one(rnd, db, place, path)


def _one(rnd, db, place, path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    n = rnd.randrange(60)
    row = assistant(
        rnd.choice([f"msg_01Abcdefghij{n:06}", "msg_0"]),
        ts=f"2026-11-{rnd.randrange(1, 23):02}T09:{n:02}:00.000Z",
        used=usage(output_tokens=rnd.choice([1, 200, 10**30])),
        stop=rnd.choice([None, "end_turn"]),
        session=path.stem,
        requestId=f"req_01Abcdefghij{n:06}",
    )
    kind = rnd.randrange(9)
    if kind < 3:
        append(path, row)
        ingest.meter(db, str(path), NOW, PRICES)
    elif kind == 3:
        append(path, cost_state({"claude-sonnet-5-5": (5000 * n, 200 * n, 0.004 * n)}))
        ingest.meter(db, str(path), NOW, PRICES)
    elif kind == 4:
        record = {"request_id": row["requestId"], "model": "claude-sonnet-5-5", "at": NOW}
        record |= {"input_tokens": 1000, "output_tokens": 200, "query_source": "sdk"}
        with Immediate(db):
            telemetry.book(db, [record], session=path.stem, cwd="/p", now_ms=NOW, prices=PRICES)
    elif kind == 5:
        call = tracked.new("claude-opus-5-5", n, n, NOW)
        tracked.add(db, call, PRICES, project="/p", directory=str(place / "data"))
    elif kind == 6:
        found = history.transcripts([str(place / "projects")])
        if rnd.random() < 0.3:
            rebuild.rebuild(db, found, NOW, PRICES)
        else:
            history.read(db, found, NOW, PRICES)
    elif kind == 7:
        daily.run(db, PRICES, rnd.choice([0, 0, 15]), NOW)
        assert retention.horizon(db) <= NOW // 86_400_000
    else:
        append(path, {"type": "user", "message": {"role": "user", "content": "x" * n}})


def sound(place: Path) -> None:
    """Everything adds up."""
    with contextlib.closing(store.connect(str(place / "data" / "ledger.db"))) as db:
        assert check.problems(db) == []


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where four sessions have begun."""
    (tmp_path / "data").mkdir(mode=0o700)
    for session in SESSIONS:
        write(tmp_path / "projects" / "-p" / f"{session}.jsonl", assistant("msg_begin"))
    return tmp_path


@pytest.mark.parametrize("seed", range(3))
def test_one_after_another(place: Path, seed: int) -> None:
    """A long row of operations by one hand."""
    work(place, seed, 120)
    sound(place)


def test_threads(place: Path) -> None:
    """Four threads at once."""
    threads = [threading.Thread(target=work, args=(place, seed, 25)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sound(place)


def test_processes_some_of_them_killed(place: Path) -> None:
    """Three processes at once, one killed in the middle of whatever it does."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=(place, 10 + n, 25)) for n in range(3)]
    for process in processes:
        process.start()
    time.sleep(1.5)
    assert processes[0].pid
    os.kill(processes[0].pid, signal.SIGKILL)
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes[1:]] == [0, 0]
    sound(place)
