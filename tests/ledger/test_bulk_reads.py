"""What became of bulk reads, and what of it the user hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cheaproute.ledger import agent_runs, bulk_reads, decisions, failures, intern
from cheaproute.ledger.schema import DELEGATED
from cheaproute.usage.call import ESTIMATED, EXACT
from tests.ledgers import TODAY, add_call

if TYPE_CHECKING:
    import sqlite3


def note(db: sqlite3.Connection, outcome: str, now_ms: int = 1000, **more: object) -> int:
    """A read of `/p/a.log` in session "s"; the session's number."""
    session = intern.session_id(db, "s")
    fields: dict[str, object] = {
        "session": session,
        "path_hash": bulk_reads.key("s", "/p/a.log"),
        "size": 10_000,
        "outcome": outcome,
        "now_ms": now_ms,
        **more,
    }
    bulk_reads.note(db, **fields)  # type: ignore[arg-type]
    return session


def dispatched(db: sqlite3.Connection, id_: str, **fields: object) -> None:
    """A subagent of session "s", routed to Haiku."""
    session = intern.session_id(db, "s")
    decisions.add(db, {"id": id_, "ts_ms": 1, "session": session, "routed": "haiku", **fields})


def test_a_path_is_known_in_its_session_only(db: sqlite3.Connection) -> None:
    """The key tells nothing of the path, and differs from session to session."""
    session = note(db, bulk_reads.MADE)
    assert bulk_reads.seen(db, session, bulk_reads.key("s", "/p/a.log"))
    assert not bulk_reads.seen(db, session, bulk_reads.key("s", "/p/b.log"))
    assert not bulk_reads.seen(db, session + 1, bulk_reads.key("s", "/p/a.log"))
    assert bulk_reads.key("s", "/p/a.log") != bulk_reads.key("t", "/p/a.log")


def test_a_saving_is_booked_on_its_call(db: sqlite3.Connection) -> None:
    """In the call's row and the day's total, also when it is a loss."""
    add_call(db, "msg_1", TODAY, cost_nano=50)
    note(db, bulk_reads.MADE, call="msg_1", saved_nano=700)
    assert db.execute("SELECT saved_nano, cost_nano FROM daily").fetchall() == [(700, 50)]
    note(db, "kept:useless", call="msg_1", saved_nano=-50)
    assert db.execute("SELECT saved_nano FROM call").fetchall() == [(-50,)]
    assert db.execute("SELECT saved_nano, calls FROM daily").fetchall() == [(-50, 1)]
    db.execute("DELETE FROM call")
    assert db.execute("SELECT saved_nano, calls FROM daily").fetchall() == [(0, 0)]


@pytest.mark.parametrize(
    ("outcome", "later_ms", "pausing"),
    [
        ("failed:timeout", 599_999, True),
        ("failed:timeout", 600_000, False),
        ("failed:overloaded", 59_999, True),
        ("failed:overloaded", 60_000, False),
        ("failed:timeout", -1, False),
        ("kept:secret", 1, False),
        ("made", 1, False),
    ],
)
def test_a_failure_makes_a_pause(
    db: sqlite3.Connection, outcome: str, later_ms: int, pausing: bool
) -> None:
    """A minute, ten after a wait in vain, in which no read waits; what followed it ends it."""
    assert not bulk_reads.pausing(db, 1000)
    note(db, outcome, 1000)
    assert bulk_reads.pausing(db, 1000 + later_ms) is pausing


def test_outcomes_are_counted(db: sqlite3.Connection) -> None:
    """The most frequent first, the old left out."""
    for at, outcome in ((1, "made"), (2, "kept:secret"), (3, "made"), (4, "made")):
        note(db, outcome, at)
    assert bulk_reads.counts(db, 2) == [("made", 2, 20_000), ("kept:secret", 1, 10_000)]


def untold(db: sqlite3.Connection, session: int, now_ms: int) -> tuple[int, ...]:
    """Runs, digests, how many of these took too long, and what they cost."""
    found = failures.untold(db, session, now_ms)
    return len(found.runs), found.digests, found.late, found.nano


def test_failures_are_told_once(db: sqlite3.Connection) -> None:
    """Each failed run and each failed digest until it was told; what the cap ended did not fail."""
    for id_, end in (("t1", "error"), ("t2", "ok"), ("t3", "error")):
        dispatched(db, id_, routed="" if id_ == "t3" else "haiku")
        agent_runs.ended(db, tool_use=id_, status=end, now_ms=2000)
    session = note(db, "failed:timeout", 2000, call="sent:1", saved_nano=-700)
    note(db, "kept:pause", 2000)
    assert untold(db, session, 2001) == (1, 1, 1, 700)
    assert untold(db, session, 2002) == (0, 0, 0, 0)
    dispatched(db, "t5")
    agent_runs.ended(db, tool_use="t5", status="cut", now_ms=2500)
    agent_runs.ended(db, tool_use="t5", status="empty", now_ms=2501)
    dispatched(db, "t4")
    agent_runs.ended(db, tool_use="t4", status="refused", now_ms=3001)
    assert untold(db, session, 3002) == (1, 0, 0, 0)
    note(db, "failed:overloaded", 4000)
    assert untold(db, session, 4001) == (0, 1, 0, 0)


def test_a_digest_given_up_cost_what_its_calls_are_likely_to(db: sqlite3.Connection) -> None:
    """Those that left since and nobody heard of, by their estimates; none that was answered."""
    session = note(db, "failed:timeout", 2000)
    guessed = {"sent:1.a": (1999, 50), "sent:2.b": (2000, 300), "sent:3.c": (2001, 400)}
    for id_, (ts_ms, nano) in {"msg_1": (2000, 900), **guessed}.items():
        add_call(db, id_, 0, session=session, source=DELEGATED, cost_nano=nano)
        known = ESTIMATED if id_ in guessed else EXACT
        db.execute("UPDATE call SET ts_ms = ?, estimated = ? WHERE id = ?", (ts_ms, known, id_))
    assert bulk_reads.left(db, session, 2000) == ("sent:2.b", 700)
