"""The concurrency proof: real processes race for the last dollars of one cap."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import race
from bench.race_worker import STEP, WORST


def prove(run: race.Race) -> None:
    """What must hold, whoever won."""
    assert run.complaints == ""
    assert run.unstopped == 0
    assert run.exact, run
    assert run.reserved == 0
    # Each passes the cap by the one call that was in flight when the others reached it.
    assert run.spent <= run.cap + run.sessions * STEP + run.delegating * WORST
    if not run.sessions:
        assert run.spent <= run.cap
        assert run.highest <= run.cap
        assert run.spent > run.cap - WORST


def test_delegations_and_sessions_share_one_cap(tmp_path: Path) -> None:
    """A dozen of each: exact totals, no complaint, everyone stopped."""
    prove(race.run(str(tmp_path / "r"), delegating=12, sessions=12, cap=80_000_000))


@pytest.mark.slow
@pytest.mark.parametrize(("delegating", "sessions", "cap"), race.RACES)
def test_fifty_processes_race(tmp_path: Path, delegating: int, sessions: int, cap: int) -> None:
    """Delegated spend never passes the cap, not even at any moment; killed ones hold nothing."""
    run = race.run(str(tmp_path / "r"), delegating=delegating, sessions=sessions, cap=cap)
    prove(run)
    assert run.sessions or run.killed == delegating // 10
