"""The subagents sent out."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cheaproute.ledger import agent_runs, intern, store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="db")
def _db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        yield db


def add(db: sqlite3.Connection, id_: str, now_ms: int = 1000, **fields: object) -> int:
    """A dispatch routed to Haiku in session "s"; the session's number."""
    session = intern.session_id(db, "s")
    row = {"id": id_, "ts_ms": now_ms, "session": session, "routed": "haiku", **fields}
    agent_runs.add(db, row)
    return session


def status(db: sqlite3.Connection, id_: str) -> str:
    """How the dispatch stands."""
    return str(db.execute("SELECT status FROM dispatch WHERE id = ?", (id_,)).fetchone()[0])


def test_a_dispatch_noted_twice_stands_once(db: sqlite3.Connection) -> None:
    """Two installs of the plugin see the same tool use; the first word holds."""
    add(db, "t1", action="routed")
    add(db, "t1", action="explicit")
    assert db.execute("SELECT action FROM dispatch").fetchall() == [("routed",)]


def test_an_end_seen_before_the_launch_stands(db: sqlite3.Connection) -> None:
    """A quick background subagent stops before PostToolUse tells of its launch."""
    add(db, "t1")
    db.execute("INSERT INTO file(path, agent, dispatch) VALUES('p', 'a1', 't1')")
    assert agent_runs.of_agent(db, "a1") == "t1"
    agent_runs.ended(db, tool_use="t1", status="ok", now_ms=5)
    agent_runs.ran(db, "t1", agent="a1", resolved="claude-haiku-5-5", status="running", now_ms=6)
    assert status(db, "t1") == "ok"
    assert agent_runs.model_of(db, "a1") == "claude-haiku-5-5"


def test_no_agent_belongs_to_no_dispatch(db: sqlite3.Connection) -> None:
    """The main loop's empty agent id is nobody's."""
    add(db, "t1")
    assert agent_runs.of_agent(db, "") == ""
    assert agent_runs.model_of(db, "nobody") == ""


def test_recent_ones_come_newest_first_and_of_this_session(db: sqlite3.Connection) -> None:
    """What a retry is compared with."""
    session = add(db, "old", 10)
    add(db, "a", 1000)
    add(db, "b", 2000)
    add(db, "other", 2000, session=99)
    assert [row[0] for row in agent_runs.recent(db, session, 500)] == ["b", "a"]
