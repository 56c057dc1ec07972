"""The concurrency proof: real processes race for the last dollars of one cap."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench import race
from bench.race_worker import STEP, WORST
from cheaproute.cap import expected
from cheaproute.ledger import store
from tests.conftest import ROOT


def prove(run: race.Race) -> None:
    """What must hold, whoever won."""
    assert run.complaints == "", run.complaints
    assert run.unstopped == 0
    assert run.exact, run
    assert run.reserved == 0
    # A session passes the cap by the one call that was in flight when the cap was reached; and by
    # one more where, on a machine with no time left, it waited in vain to count that call.
    assert run.spent <= run.cap + (run.sessions + run.busy) * STEP
    if not run.sessions:
        assert run.spent <= run.cap
        assert run.highest <= run.cap
        assert run.spent > run.cap - WORST


def at_once(number: int, script: str, *words: str) -> list[tuple[str, str]]:
    """What so many processes print that run `script` as soon as their stdin ends, all together."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", script, *words, str(one)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for one in range(number)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
        worker.stdin = None
    return [worker.communicate(timeout=120) for worker in workers]


def test_delegations_and_sessions_share_one_cap(tmp_path: Path) -> None:
    """A dozen of each: exact totals, no complaint, everyone stopped."""
    prove(race.compete(str(tmp_path / "r"), delegating=12, sessions=12, cap=80_000_000))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("delegating", "sessions", "cap"), race.RACES)
def test_fifty_processes_race(tmp_path: Path, delegating: int, sessions: int, cap: int) -> None:
    """Delegated spend never passes the cap, not even at any moment; killed ones hold nothing."""
    run = race.compete(str(tmp_path / "r"), delegating=delegating, sessions=sessions, cap=cap)
    prove(run)
    assert run.killed or not delegating


BURST = """
import sys, time
sys.path.insert(0, sys.argv[1])
from cheaproute.cap import expected, reservations
from cheaproute.errors import CapReached
from cheaproute.ledger import store
from cheaproute.usage import prices
from cheaproute.usage.call import Call
number, table = int(sys.argv[3]), prices.load()
call = Call(f"msg_{number}", int(time.time() * 1000), "claude-haiku-5-5", input=1000)
with store.connect(sys.argv[2]) as db:
    call.output = expected.likely_output(db, "ask", 40_000)
    likely = prices.cost_nano(call, table)
    sys.stdin.read()
    try:
        held = reservations.reserve(db, likely, "ask", call.ts_ms, wait_s=60)
    except CapReached:
        print("refused")
        sys.exit()
    time.sleep(0.1)
    call.output *= 2 if number % 5 == 0 else 1
    reservations.settle(db, held, call, prices=table)
    print(prices.cost_nano(call, table) - likely)
"""


def test_a_burst_of_processes_gets_nearly_all_that_there_is_room_for(tmp_path: Path) -> None:
    """Twenty at a cap with room for twelve; what four of them use beyond is booked at once.

    The next one sees it: the cap is passed by no more than those differences.
    """
    path = str(tmp_path / "ledger.db")
    cost = 1000 * 100 + 100 * 500
    with closing(store.connect(path)) as db:
        for _ in range(expected.ENOUGH):
            expected.learn_output(db, "ask", 100)
        db.execute("INSERT INTO cap VALUES('month', ?, 'command', 0)", (12 * cost,))
        db.commit()
    said = [out.strip() for out, _ in at_once(20, BURST, ROOT, path)]
    beyond = [int(one) for one in said if one != "refused"]
    assert len(beyond) >= 10
    with closing(store.connect(path)) as db:
        spent, calls = db.execute("SELECT sum(cost_nano), count(*) FROM call").fetchone()
        assert db.execute("SELECT count(*) FROM reservation").fetchone() == (0,)
    assert calls == len(beyond)
    assert spent == calls * cost + sum(beyond) <= 12 * cost + sum(beyond)


def test_a_new_ledger_is_made_by_whoever_comes_first(tmp_path: Path) -> None:
    """Sixteen processes that find no ledger all get one, the same, without a complaint."""
    script = (
        f"import sys; sys.path.insert(0, {ROOT!r}); from cheaproute.ledger import store;"
        "sys.stdin.read(); db = store.connect(sys.argv[1]);"
        "db.execute('INSERT INTO meta VALUES(?, 1)', (sys.argv[2],)); db.close()"
    )
    for attempt in range(3):
        path = str(tmp_path / str(attempt) / "ledger.db")
        assert [err for _, err in at_once(16, script, path)] == [""] * 16
        with closing(store.connect(path)) as db:
            assert db.execute(
                "SELECT count(*) FROM meta WHERE value = '1' AND key != 'works_with'"
            ).fetchone() == (16,)
