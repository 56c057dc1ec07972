"""The subagents sent out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cheaproute.ledger import agent_runs, decisions, intern

if TYPE_CHECKING:
    import sqlite3


def add(db: sqlite3.Connection, id_: str, now_ms: int = 1000, **fields: object) -> int:
    """A dispatch routed to Haiku in session "s"; the session's number."""
    session = intern.session_id(db, "s")
    row = {"id": id_, "ts_ms": now_ms, "session": session, "routed": "haiku", **fields}
    decisions.add(db, row)
    return session


def status(db: sqlite3.Connection, id_: str) -> str:
    """How the dispatch stands."""
    return str(db.execute("SELECT status FROM dispatch WHERE id = ?", (id_,)).fetchone()[0])


def test_a_dispatch_noted_twice_stands_once(db: sqlite3.Connection) -> None:
    """Two installs of the plugin see the same tool use; the first word holds."""
    add(db, "t1", action="routed")
    add(db, "t1", action="explicit")
    assert db.execute("SELECT action FROM dispatch").fetchall() == [("routed",)]


def test_a_decision_stands_over_what_a_transcript_told(db: sqlite3.Connection) -> None:
    """The open transcript may be read while the client still asks whether the tool may run."""
    add(db, "t1", routed="")
    assert not agent_runs.is_decided(db, "t1")
    add(db, "t1", action="routed")
    assert agent_runs.is_decided(db, "t1")
    assert db.execute("SELECT action, routed FROM dispatch").fetchall() == [("routed", "haiku")]
    add(db, "t1", routed="")  # read once more
    assert agent_runs.routed(db, "t1") == "haiku"


def test_an_end_seen_before_the_launch_stands(db: sqlite3.Connection) -> None:
    """A quick background subagent stops before PostToolUse tells of its launch."""
    add(db, "t1")
    db.execute("INSERT INTO file(path, agent, dispatch) VALUES('p', 'a1', 't1')")
    assert agent_runs.of_agent(db, "a1") == "t1"
    agent_runs.ended(db, tool_use="t1", status="ok", now_ms=5)
    agent_runs.ran(db, "t1", agent="a1", resolved="claude-haiku-5-5", status="running", now_ms=6)
    assert status(db, "t1") == "ok"
    assert agent_runs.model_of(db, "a1") == "claude-haiku-5-5"


def test_what_the_cap_ended_is_no_try(db: sqlite3.Connection) -> None:
    """Sent again it is a new task, though the client has the refusal for a failure."""
    session = add(db, "t1", fingerprint="f")
    agent_runs.ended(db, tool_use="t1", status="cut", now_ms=5)
    agent_runs.ended(db, tool_use="t1", status="error", now_ms=6)
    for running in (False, True):
        found = repeats(db, session, 2000, "f", running=running)
        assert found is None


def repeats(
    db: sqlite3.Connection,
    session: int,
    at_ms: int,
    task: str,
    *,
    like: int = 2,
    asked_ms: int = 0,
    running: bool = False,
) -> tuple[str, str] | None:
    """What a task repeats that is `like` those of its word; the last prompt came at `asked_ms`."""
    return decisions.retry_of(
        db, session, at_ms, lambda known: like * (known == task),
        lambda since_ms: since_ms < asked_ms, running=running,
    )  # fmt: skip


def test_no_agent_belongs_to_no_dispatch(db: sqlite3.Connection) -> None:
    """The main loop's empty agent id is nobody's."""
    add(db, "t1")
    assert agent_runs.of_agent(db, "") == ""
    assert agent_runs.model_of(db, "nobody") == ""


def test_a_retry_is_of_the_latest_like_it(db: sqlite3.Connection) -> None:
    """Of this session, of much the same task, within the hour, and sent out before it."""
    hour = 3_600_000
    session = add(db, "old", 10, fingerprint="x", status="ok")
    add(db, "a", 1000, fingerprint="x", status="ok", resolved="claude-haiku-5-5")
    add(db, "b", 2000, fingerprint="x", status="error")
    add(db, "c", 2500, fingerprint="y", status="ok")
    add(db, "later", 4000, fingerprint="x", status="ok")
    add(db, "other", 2600, session=99, fingerprint="x", status="ok")
    assert repeats(db, session, 3000, "x") == ("b", "haiku")
    assert repeats(db, session, 2000, "x") == ("a", "claude-haiku-5-5")
    assert repeats(db, session, 10 + hour, "x") == ("later", "haiku")
    assert repeats(db, session, 4001 + hour, "x") is None
    assert repeats(db, session, 3000, "z") is None


def test_a_task_that_was_repeated_after_haiku_stays_repeated(db: sqlite3.Connection) -> None:
    """Haiku, Sonnet, and the third is a repeat after Haiku, too; it names the one before it."""
    session = add(db, "a", 1000, fingerprint="x", status="ok", resolved="claude-haiku-5-5")
    add(db, "b", 2000, fingerprint="x", status="ok", routed="", resolved="claude-sonnet-5-5")
    assert repeats(db, session, 3000, "x") == ("b", "claude-haiku-5-5")
    add(db, "c", 2500, fingerprint="x", status="ok", routed="", resolved="claude-sonnet-5-5")
    assert repeats(db, session, 3000, "x") == ("c", "claude-haiku-5-5")


def test_what_the_user_flagged_as_good_was_done(db: sqlite3.Connection) -> None:
    """Asked again after it, a task is none that Haiku did not do; one flagged bad is."""
    session = add(db, "a", 1000, fingerprint="x", status="ok", resolved="claude-haiku-5-5")
    agent_runs.set_flag(db, "a", "good")
    assert repeats(db, session, 3000, "x") is None
    agent_runs.set_flag(db, "a", "bad")
    assert repeats(db, session, 3000, "x") == ("a", "claude-haiku-5-5")


@pytest.mark.parametrize(
    ("status", "flag", "like", "asked_ms", "again"),
    [
        ("ok", "", 2, 0, True),  # the same task, within the turn
        ("ok", "", 2, 1500, False),  # the user asks for it anew
        ("ok", "", 1, 0, False),  # another object
        ("empty", "", 2, 1500, True),
        ("empty", "", 1, 0, True),  # the main model words it anew, as it was told to
        ("empty", "", 1, 1500, False),
        ("ok", "bad", 2, 1500, True),
        ("empty", "", 0, 0, False),
    ],
)
def test_a_repeat_is_the_same_task_after_a_failure_or_within_the_turn(
    db: sqlite3.Connection, status: str, flag: str, like: int, asked_ms: int, again: bool
) -> None:
    """What was done well and differs by its object, or is asked for anew, is another task."""
    session = add(db, "a", 1000, fingerprint="x", status=status, resolved="claude-haiku-5-5")
    agent_runs.set_flag(db, "a", flag)
    found = repeats(db, session, 3000, "x", like=like, asked_ms=asked_ms)
    assert found == (("a", "claude-haiku-5-5") if again else None)


@pytest.mark.parametrize("status", ["", "running"])
def test_what_still_runs_is_not_repeated(db: sqlite3.Connection, status: str) -> None:
    """Alike tasks side by side are no retries; who reads them afterwards may not know the end."""
    session = add(db, "a", 1000, fingerprint="x", status="empty")
    add(db, "b", 2000, fingerprint="x", status=status)
    assert repeats(db, session, 3000, "x") == ("a", "haiku")
    assert repeats(db, session, 3000, "x", running=True) == ("b", "haiku")
