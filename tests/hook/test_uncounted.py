"""Calls that no book has, or none can price: the cap holds all the same, and says by what."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from cheaproute.hook import gate
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.money import NANO
from cheaproute.usage import prices
from tests.hook.test_gate import UUID, Machine, machine

__all__ = ["machine"]
TOKENS = 100_000


def answered(machine: Machine, model: str, requested: str = "", tokens: int = TOKENS) -> None:
    """A call whose answer names `model` and `tokens`."""
    machine.calls += 1
    message = {
        "id": f"msg_{machine.calls}",
        "model": model,
        "usage": {"input_tokens": tokens, "output_tokens": 0},
        "stop_reason": "tool_use",
        "content": [{"id": f"toolu_{machine.calls}"}],
    }
    row = {
        "type": "assistant",
        "sessionId": UUID,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "requestedModel": requested or model,
        "message": message,
    }
    with open(machine.transcript, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def batch(machine: Machine, number: int = 0) -> dict[str, Any] | None:
    """The gate after the last call."""
    use = {"tool_use_id": f"toolu_{number or machine.calls}"}
    return machine.hook("post_tool_batch", hook_event_name="PostToolBatch", tool_calls=[use])


def steps(machine: Machine, model: str, requested: str = "", tokens: int = TOKENS) -> int:
    """How many calls are made until the gate stops them; 20 at most."""
    for number in range(1, 21):
        answered(machine, model, requested, tokens)
        said = batch(machine)
        if said and said.get("continue") is False:
            return number
    return 20


@pytest.mark.parametrize("requested", ["", "claude-sonnet-5-5", "our-own"])
def test_a_model_without_a_price_counts_as_the_one_asked_for_or_a_dear_one(
    machine: Machine, requested: str
) -> None:
    """A cap of a dollar is reached; the books go on saying that the price is unknown."""
    table = prices.load()
    like = requested if table.of(requested) else "claude-opus-5-5"
    price = table.of(like)
    assert price is not None
    nano = TOKENS * price.rows[-1].base[0] // 1_000_000
    made = steps(machine, "our-gateways-own", requested)
    assert made == -(-NANO // nano)
    answered(machine, "our-gateways-own", requested)
    said = batch(machine)
    assert said is not None
    assert "no known price" in said["stopReason"]
    assert "[prices.overrides]" in said["stopReason"]
    assert machine.spent() == 0


def test_a_price_of_ones_own_ends_the_assumption(machine: Machine) -> None:
    """What the user says a model costs is what it costs, nothing among it."""
    text = '[prices.overrides."our-own"]\ninput = 0\noutput = 0\n'
    (machine.data / "config.toml").write_text(text)
    assert steps(machine, "our-own") == 20


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_what_cannot_be_written_down_counts(machine: Machine, how: str) -> None:
    """A ledger that somebody holds, for good: the session is stopped where its cap is."""
    machine.call(0.3)
    batch(machine)
    with closing(sqlite3.connect(machine.data / "ledger.db", isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        machine.call(0.3)
        assert (batch(machine) or {}).get("continue") is not False
        machine.call(0.5)
        said = batch(machine)
        assert said is not None
        assert "$0.30 and $0.80 not in the books of $1.00" in said["stopReason"]
        assert "could not be written down" in said["stopReason"]
        other.execute("ROLLBACK")
    batch(machine)
    assert machine.spent() == pytest.approx(1.1)


@pytest.mark.parametrize("at_cap", ["block", "warn"])
def test_a_transcript_that_stands_still(machine: Machine, at_cap: str) -> None:
    """A client that keeps its rows to itself: the second call that nothing tells of is the last."""
    (machine.data / "config.toml").write_text(f'[cap]\nat_cap = "{at_cap}"\n')
    machine.transcript.write_text("{}\n")
    said = [batch(machine, number) for number in (2, 3)]
    assert said[0] is None
    if at_cap == "warn":
        assert said[1] is None
        return
    assert said[1] is not None
    assert "does not grow" in said[1]["stopReason"]
    machine.call(0.01)
    assert batch(machine) is None  # and what it costs is known now
    assert batch(machine, 9) is None


def test_a_row_that_comes_while_it_is_waited_for_is_counted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next step may take it away: what is there now is counted now."""
    machine.call(0.01)
    batch(machine)
    metered = gate.meter

    def late(_event: Event, _context: Context) -> int:
        monkeypatch.setattr(gate, "meter", metered)
        machine.call(0.1)  # just behind the look
        return 0

    monkeypatch.setattr(gate, "meter", late)
    assert batch(machine, machine.calls + 1) is None
    machine.transcript.write_text("")
    assert machine.spent() == pytest.approx(0.11)


def test_events_side_by_side_are_no_silence(machine: Machine) -> None:
    """Four agents sent out by one answer, whose row is late or counted already: all of them go."""
    event = {"hook_event_name": "PreToolUse", "tool_name": "Agent", "tool_input": {"prompt": "x"}}
    machine.call(0.01)
    for _ in range(2):
        for number in range(4):
            said = machine.hook("pre_tool_use", tool_use_id=f"toolu_{number}", **event)
            assert (said or {}).get("continue") is not False
        machine.call(0.01)
    for number in range(3):  # the same batch told again
        assert batch(machine) is None, number


def test_answers_that_tell_no_usage(machine: Machine) -> None:
    """One may be a slip; the second in a row is a gateway that nothing can be counted by."""
    machine.call(0.01)
    batch(machine)
    assert steps(machine, "claude-opus-5-5", tokens=0) == 2
    machine.call(0.01)
    assert batch(machine) is None
