"""Subagents sent out side by side with classic hooks alone: as many as there is room for."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.hook.test_gate import HARD, Machine


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A user's machine with a cap of $1; no row is late here."""
    monkeypatch.setattr("cheaproute.hook.gate._PATIENCE_S", 0.01)
    return Machine(tmp_path)


def sent(machine: Machine, count: int) -> list[bool]:
    """Which of so many subagents may be sent out by the answer of the last call."""
    answers = [
        machine.hook("pre_tool_use", **{**HARD, "tool_use_id": f"toolu_s{n}"}) for n in range(count)
    ]
    return ["Not sent out yet" not in json.dumps(answer) for answer in answers]


def heard(machine: Machine, number: int) -> None:
    """The subagent of that number has made a call of $0.20, and a tool of it has run."""
    place = machine.transcript.with_suffix("") / "subagents"
    place.mkdir(parents=True, exist_ok=True)
    meta = {"agentType": "general-purpose", "toolUseId": f"toolu_s{number}"}
    (place / f"agent-a{number}.meta.json").write_text(json.dumps(meta))
    main, machine.transcript = machine.transcript, place / f"agent-a{number}.jsonl"
    machine.call(0.2)
    machine.transcript = main
    machine.hook("post_tool_batch", agent_id=f"a{number}", tool_calls=[])


def test_as_many_go_as_there_is_room_for(machine: Machine) -> None:
    """With calls of $0.20 and $0.80 left four of ten go; the others are told to wait, no more."""
    machine.call(0.2)
    assert sent(machine, 10) == [True] * 4 + [False] * 6
    answer = machine.hook("pre_tool_use", **{**HARD, "tool_use_id": "toolu_z"})
    assert answer is not None
    assert "continue" not in answer  # the turn goes on
    assert "Send it again when they are done" in json.dumps(answer)


def test_one_always_goes(machine: Machine) -> None:
    """What is left decides about those beside it, never about the first."""
    machine.call(0.9)
    assert sent(machine, 2) == [True, False]


def test_one_that_was_heard_of_makes_room(machine: Machine) -> None:
    """What it costs is in the books then, and set aside no more."""
    machine.call(0.2)
    assert sent(machine, 3) == [True] * 3
    for number in range(3):
        heard(machine, number)
    assert machine.spent() == pytest.approx(0.8)
    with closing(machine.ledger()) as db:
        assert db.execute("SELECT count(*) FROM reservation").fetchone() == (0,)
    assert sent(machine, 2) == [True, False]


def test_its_own_session_is_not_stopped_by_them(machine: Machine) -> None:
    """What is set aside for subagents holds back other subagents and sessions, not this loop."""
    machine.call(0.2)
    sent(machine, 10)
    assert machine.hook("post_tool_batch", tool_calls=[]) is None


def test_far_from_the_cap_nothing_is_set_aside(machine: Machine) -> None:
    """A burst costs nothing where the cap is far."""
    machine.call(0.01)
    assert all(sent(machine, 20))
    with closing(machine.ledger()) as db:
        assert db.execute("SELECT count(*) FROM reservation").fetchone() == (0,)


def test_a_cap_that_only_warns_holds_nobody_back(machine: Machine) -> None:
    """`at_cap = "warn"` stops nothing, so no subagent either."""
    place = machine.data
    os.makedirs(place, exist_ok=True)
    (place / "config.toml").write_text('[cap]\nat_cap = "warn"\n')
    machine.call(0.2)
    assert all(sent(machine, 10))
