from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.cap import limits, process_identity, reservations
from cheaproute.cap import state as budget
from cheaproute.errors import CapReached
from cheaproute.ledger import schema
from cheaproute.money import NANO
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.cap.caplib import NOW, spend


def test_a_call_that_fits_is_reserved(db: sqlite3.Connection) -> None:
    """Up to the last nano-dollar the money can be set aside."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    reservations.reserve(db, 4 * NANO, "digest", NOW)
    assert reservations.live(db, NOW) == [(4 * NANO, 0)]


def test_a_call_that_could_pass_the_cap_is_refused(db: sqlite3.Connection) -> None:
    """What is spent and what others hold count; the refusal says what is left."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    reservations.reserve(db, 3 * NANO, "digest", NOW)
    with pytest.raises(CapReached) as refused:
        reservations.reserve(db, 2 * NANO, "digest", NOW)
    assert str(refused.value) == (
        "digest: not called: it may cost $2.00, and $1.00 is left of the monthly cap of $10.00: "
        "see `cheaproute cap`"
    )
    assert refused.value.exit_code == 4
    assert not db.in_transaction
    assert len(reservations.live(db, NOW)) == 1


def test_a_session_cap_counts_its_own_reservations(db: sqlite3.Connection) -> None:
    """What another session holds does not fill this one's cap."""
    limits.put(db, {"session": 2 * NANO}, NOW)
    reservations.reserve(db, 2 * NANO, "digest", NOW, session_id=1)
    reservations.reserve(db, 2 * NANO, "digest", NOW, session_id=2)
    reservations.reserve(db, 9 * NANO, "ask", NOW)
    with pytest.raises(CapReached):
        reservations.reserve(db, 1, "digest", NOW, session_id=1)


def test_a_release_gives_back(db: sqlite3.Connection) -> None:
    """A call that was not made frees its money; releasing twice is no error."""
    limits.put(db, {"month": NANO}, NOW)
    held = reservations.reserve(db, NANO, "digest", NOW)
    reservations.release(db, held)
    reservations.release(db, held)
    reservations.reserve(db, NANO, "digest", NOW)


def test_a_reservation_expires(db: sqlite3.Connection) -> None:
    """Past its time it neither counts nor stays."""
    reservations.reserve(db, NANO, "digest", NOW, life_ms=1000)
    assert reservations.live(db, NOW + 1000) == []
    reservations.live(db, NOW + 1000, prune=True)
    assert db.execute("SELECT count(*) FROM reservation").fetchone() == (0,)


def test_a_dead_process_holds_nothing(db: sqlite3.Connection) -> None:
    """Killed in mid-call, reaped or not, a process's reservation is free at once."""
    limits.put(db, {"month": NANO}, NOW)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    db.execute(
        "INSERT INTO reservation(ts_ms, expires_ms, pid, started, nano, purpose)"
        " VALUES(?, ?, ?, ?, ?, 'digest')",
        (NOW, NOW + 60_000, child.pid, process_identity.started(child.pid), NANO),
    )
    with pytest.raises(CapReached):
        reservations.reserve(db, NANO, "digest", NOW)
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert reservations.live(db, NOW) == []
    child.communicate()
    reservations.reserve(db, NANO, "digest", NOW)


@pytest.mark.skipif(sys.platform != "linux", reason="start times come from /proc")
def test_another_process_of_the_same_number_is_another() -> None:
    """A process number used again does not keep a dead reservation alive."""
    mine = process_identity.started(os.getpid())
    assert process_identity.alive(os.getpid(), mine)
    assert not process_identity.alive(os.getpid(), mine + "0")


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces come from /proc")
def test_a_process_of_another_container_is_left_alone() -> None:
    """Whose processes cannot be seen are waited for until their time is over."""
    assert process_identity.alive(os.getpid(), "pid:[1] 12345")


def test_a_settled_call_is_booked_once_and_frees_its_money(db: sqlite3.Connection) -> None:
    """The real cost takes the place of the worst case, also when settled again or too late."""
    limits.put(db, {"month": NANO}, NOW)
    held = reservations.reserve(db, NANO, "digest", NOW)
    call = Call("msg_1", NOW, "claude-haiku-5-5", input=1000, output=100)
    for _ in range(2):
        reservations.settle(db, held, call, prices=prices.load(), session_id=3)
    state = budget.state(db, 3, NOW)
    assert {name: at.spent for name, at in state.periods.items()} == {
        "month": 150_000,
        "day": 150_000,
        "session": 150_000,
    }
    assert state.periods["month"].reserved == 0
    assert db.execute("SELECT source FROM call").fetchall() == [(schema.DELEGATED,)]


def test_a_pipe_in_the_place_of_the_leaves_end_holds_nobody_up(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Whoever put it there: the gate is told at once that it cannot be written."""
    os.mkfifo(tmp_path / "data" / reservations.ENDED)
    with pytest.raises(OSError, match="No such device"):
        reservations.end_leaves(db)
