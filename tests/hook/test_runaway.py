"""Alarms beside the cap: what looks like a runaway is named in one line with dollars."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import expected, limits, runaway
from cheaproute.hook.runaway import MANY
from cheaproute.money import NANO
from tests.hook.test_gate import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user without a cap in reach."""
    made = Machine(tmp_path)
    with closing(made.ledger()) as db:
        limits.put(db, {"month": 1000 * NANO}, 0)
    return made


def wanted(machine: Machine, word: str) -> None:
    """Set `cap.runaway`."""
    (machine.data / "config.toml").write_text(f'[cap]\nmonth_usd = 1000\nrunaway = "{word}"\n')


def batch(machine: Machine, number: int, result: str = "no such file") -> dict[str, Any] | None:
    """A call of $0.30 and what its one tool came to."""
    machine.call(0.3)
    call = {"tool_name": "Bash", "tool_input": {"command": "make"}, "tool_response": result}
    use = {**call, "tool_use_id": f"toolu_{number}"}
    return machine.hook("post_tool_batch", hook_event_name="PostToolBatch", tool_calls=[use])


@pytest.mark.parametrize("word", ["tell", "stop", "off"])
def test_the_same_again_and_again(machine: Machine, word: str) -> None:
    """The same tool, given the same, answering the same: told at the fifth time, once."""
    wanted(machine, word)
    answers = [batch(machine, number) for number in range(1, MANY + 2)]
    assert answers[: MANY - 1] == [None] * (MANY - 1)
    said = json.dumps(answers[MANY - 1])
    if word == "off":
        assert said == "null"
        return
    assert f"Bash did the same with the same result {MANY} times in a row, for $1.20" in said
    assert ("continue" in said) == (word == "stop")
    if word == "tell":
        assert answers[MANY] is None


def test_another_result_is_no_runaway(machine: Machine) -> None:
    """Waiting for something that changes, and a new turn, begin the count anew."""
    for number in range(1, 2 * MANY):
        assert batch(machine, number, f"{number % 2} left") is None
    for number in range(MANY - 1):
        batch(machine, 50 + number)
    machine.hook("stop", hook_event_name="Stop")
    assert batch(machine, 60) is None


def test_agents_that_start_agents(machine: Machine) -> None:
    """A subagent sends out another: told once."""
    machine.call(0.2)
    tool = {"tool_name": "Agent", "tool_input": {"description": "d", "prompt": "p"}}
    said = [
        json.dumps(
            machine.hook(
                "pre_tool_use",
                hook_event_name="PreToolUse",
                agent_id="a1",
                tool_use_id=f"toolu_{number}",
                **tool,
            )
        )
        for number in range(2)
    ]
    assert ["agents start agents here: $0.20" in one for one in said] == [True, False]


def test_a_step_that_grew_the_context(machine: Machine) -> None:
    """From 25,000 to 250,000 tokens in one step."""
    machine.call(0.1)
    assert machine.hook("stop", hook_event_name="Stop") is None
    time.sleep(1.1)  # the rows' times are whole seconds here
    machine.call(1)
    said = json.dumps(machine.hook("stop", hook_event_name="Stop"))
    assert "took the context from 25,000 to 250,000 tokens" in said
    assert "$1.10 in this session" in said


def test_an_hour_far_over_the_users_own(machine: Machine) -> None:
    """Told against the 99th percentile of the user's hours, never before those are known."""
    hour_ms, now_ms = 3_600_000, int(time.time() * 1000)
    with closing(machine.ledger()) as db:
        for hour in range(1, 20):
            expected.add_hour(db, NANO, now_ms - hour * hour_ms)
        expected.add_hour(db, 9 * NANO, now_ms)
        assert runaway.dear_hour(db, now_ms) is None
        expected.add_hour(db, 2 * NANO, now_ms - 20 * hour_ms)
        assert runaway.dear_hour(db, now_ms) == (9 * NANO, 2 * NANO)
    said = json.dumps(machine.hook("stop", hook_event_name="Stop"))
    assert "$9.00 in this hour; 99 of 100 of yours had no more than $2.00" in said
