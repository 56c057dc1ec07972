"""Calls that an older client writes down nowhere: the cap counts them as calls of their session."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import Any

import pytest

from cheaproute.ledger import intern, seats
from tests.hook.test_gate import UUID, Machine, machine
from tests.hook.test_uncounted import answered, batch, steps

__all__ = ["machine"]
OPUS, HAIKU = 4, 1  # dollars per million tokens of prompt: Opus 5.5, the small model of old clients
AGENT = "hook-agent-7d057dda-44cd-4d59-b667-8855f99501c3"
CALL = 0.2


def begin(machine: Machine) -> None:
    """A session whose one call so far has come to $0.20."""
    machine.call(CALL)
    assert batch(machine) is None


def heard(machine: Machine) -> None:
    """A module in this very client tells of each call."""
    now_ms = int(time.time() * 1000)
    with closing(machine.ledger()) as db:
        session = intern.session_id(db, UUID)
        pid, version = os.getppid(), "2.1.286"
        seats.start(db, session, pid=pid, started="", version=version, enabled=True, now_ms=now_ms)
        db.commit()


def of_a_hook(machine: Machine, number: int) -> dict[str, Any] | None:
    """The end of one step of an agent that is a hook."""
    use = {"tool_use_id": f"toolu_hook{number}", "tool_name": f"Tool{number}"}
    event = {"hook_event_name": "PostToolBatch", "agent_id": AGENT, "tool_calls": [use]}
    return machine.hook("post_tool_batch", **event)


def looked_up(machine: Machine, number: int = 0, tool: str = "WebSearch") -> bool:
    """Whether the helper of a tool may be asked."""
    event = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": {"query": "x"}}
    return machine.hook("pre_tool_use", tool_use_id=f"toolu_{number}", **event) is None


def test_the_steps_of_a_hook_that_is_an_agent_end_at_the_cap(machine: Machine) -> None:
    """Each counts as a call of the session on the small model; the books have none of them."""
    begin(machine)
    steps = [of_a_hook(machine, number) for number in range(20)]
    made = next(number for number, said in enumerate(steps, 1) if said is not None)
    assert made == round((1 - CALL) / (CALL * HAIKU / OPUS))
    said = steps[made - 1]
    assert said is not None
    assert said["continue"] is False
    assert "$0.20 and $0.80 not in the books of $1.00" in said["stopReason"]
    assert "nowhere is" in said["stopReason"]
    assert machine.spent() == pytest.approx(CALL)
    blocked = machine.hook("user_prompt_submit", hook_event_name="UserPromptSubmit", prompt="on")
    assert blocked is not None
    assert blocked["decision"] == "block"


def test_compactions_count_as_calls_of_the_session(machine: Machine) -> None:
    """No row of a transcript tells of one; that which would begin past the cap is refused."""
    begin(machine)
    said = [machine.hook("pre_compact", hook_event_name="PreCompact") for _ in range(6)]
    assert said[:4] == [None] * 4
    assert all(one is not None and one["decision"] == "block" for one in said[4:])


@pytest.mark.parametrize("tool", ["WebSearch", "WebFetch"])
def test_as_many_helpers_of_a_batch_begin_as_there_is_room_for(machine: Machine, tool: str) -> None:
    """Each sees those begun before it; one that is refused was not made and does not count."""
    machine.call(0.9)
    batch(machine)
    assert [looked_up(machine, number, tool) for number in range(4)] == [True, False, False, False]
    with closing(machine.ledger()) as db:
        [kept] = db.execute("SELECT value FROM meta WHERE key LIKE 'hidden.month:%'").fetchone()
    assert int(kept.split()[0]) == round(0.9 * HAIKU / OPUS * 1e9)


def test_a_session_of_which_nothing_is_known_yet_counts_by_those_before(machine: Machine) -> None:
    """A hook at its first prompt has no call of its own session to go by."""
    begin(machine)
    event = {"hook_event_name": "PostToolBatch", "agent_id": AGENT, "session_id": "another"}
    said = [machine.hook("post_tool_batch", tool_calls=[], **event) for _ in range(20)]
    assert any(one is not None and one.get("continue") is False for one in said)


def test_what_a_module_tells_of_is_not_counted_twice(machine: Machine) -> None:
    """With a module in the client all of these are in the books."""
    begin(machine)
    heard(machine)
    assert [of_a_hook(machine, number) for number in range(20)] == [None] * 20
    assert all(looked_up(machine, number) for number in range(20))
    with closing(machine.ledger()) as db:
        assert db.execute("SELECT 1 FROM meta WHERE key LIKE 'hidden.%'").fetchone() is None


def test_an_answer_in_the_clients_own_name_counts_if_it_tells_usage(machine: Machine) -> None:
    """A gateway may put `<synthetic>` in the model's place; the client's own rows use nothing."""
    for tokens, made in ((0, 20), (100_000, 3)):
        assert steps(machine, "<synthetic>", tokens=tokens) == made
    answered(machine, "<synthetic>")
    said = batch(machine)
    assert said is not None
    assert "no known price" in said["stopReason"]
