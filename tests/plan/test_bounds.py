"""What a plan costs to make: counted in replays and rows, not in seconds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cheaproute.ledger.query import rows
from cheaproute.plan import look
from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.engine import Engine, Replayed
from tests.plan import month as made
from tests.plan.month import Month, broken_session, long_session

# Settings of the levers that are replayed for one plan, each session once for each.
_SETTINGS = 80
# And those to know what a step gives without the others, where that is not known yet.
_ALONE = 8


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many sessions were replayed, and how many calls were read."""
    found: Counter[str] = Counter()
    replay, calls = Engine.replay, rows.calls

    def replayed(
        engine: Engine, chain: Chain, allowed: Mapping[int, int] | None = None
    ) -> Replayed:
        found["replays"] += 1
        return replay(engine, chain, allowed)

    def read(db: sqlite3.Connection, first: int, past: int) -> Iterator[rows.Row]:
        for row in calls(db, first, past):
            found["rows"] += 1
            yield row

    monkeypatch.setattr(Engine, "replay", replayed)
    monkeypatch.setattr(rows, "calls", read)
    return found


@pytest.mark.parametrize("broken", [0, 5, 10])
@pytest.mark.parametrize("sessions", [12, 36])
def test_each_session_is_replayed_so_often_and_each_call_read_once(
    month: Month, counted: Counter[str], tmp_path: Path, sessions: int, broken: int
) -> None:
    """The work grows with the history and not with its square; with nothing new there is none."""
    for number in range(0, sessions, 2):
        long_session(month, number, pause=1_200)
        month.turn(5_000 + number, "search", "haiku")
    for number in range(broken):  # steps that pay only with others are replayed without them, too
        broken_session(month, 9_000 + number)
    env = {"CHEAPROUTE_HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": str(tmp_path)}
    span = look.span(month.db, 28, made.NOW_MS)
    first = look.plan(month.db, env, made.settings(), span)
    assert first.steps
    calls = month.db.execute("SELECT count(*) FROM call").fetchone()[0]
    assert counted["rows"] == calls
    assert counted["replays"] <= (_SETTINGS + (_ALONE if broken else 0)) * (sessions + broken)
    counted.clear()
    assert look.plan(month.db, env, made.settings(), span) == first
    assert not counted
