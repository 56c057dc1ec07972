"""The concurrency proof: real processes race for the last dollars of one cap."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench import race
from bench.race_worker import STEP, WORST
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


def test_a_new_ledger_is_made_by_whoever_comes_first(tmp_path: Path) -> None:
    """Sixteen processes that find no ledger all get one, the same, without a complaint."""
    script = (
        f"import sys; sys.path.insert(0, {ROOT!r}); from cheaproute.ledger import store;"
        "sys.stdin.read(); db = store.connect(sys.argv[1]);"
        "db.execute('INSERT INTO meta VALUES(?, 1)', (sys.argv[2],)); db.close()"
    )
    for attempt in range(3):
        path = str(tmp_path / str(attempt) / "ledger.db")
        workers = [
            subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", script, path, str(number)],
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(16)
        ]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.close()
            worker.stdin = None
        assert [worker.communicate()[1] for worker in workers] == [""] * 16
        with closing(store.connect(path)) as db:
            assert db.execute(
                "SELECT count(*) FROM meta WHERE value = '1' AND key != 'works_with'"
            ).fetchone() == (16,)
