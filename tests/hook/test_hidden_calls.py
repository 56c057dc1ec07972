"""Calls that an older client writes down nowhere: the cap counts them as calls of their session."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.hook import unheard
from cheaproute.hook.event import Event
from cheaproute.ledger import intern
from cheaproute.ledger.calls import record
from cheaproute.ledger.module import seats
from cheaproute.ledger.schema import HELPER
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.hook.test_gate import UUID, Machine, machine
from tests.hook.test_uncounted import answered, batch, steps

__all__ = ["machine"]
OPUS, HAIKU = 4, 1  # dollars per million tokens of prompt: Opus 5.5, the small model of old clients
# Prompts in millions of tokens, and a search, in dollars.
SHORT, LONG, SEARCH = 0.005, 0.1, 0.01
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


def looked_up(machine: Machine, number: int = 0, tool: str = "WebSearch", **more: object) -> bool:
    """Whether the helper of a tool may be asked."""
    event = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": {}, **more}
    return machine.hook("pre_tool_use", tool_use_id=f"toolu_{number}", **event) is None


def not_in_the_books(machine: Machine) -> float:
    """What the month's cap counts for calls that were written down nowhere, in dollars."""
    said = "SELECT value FROM meta WHERE key LIKE 'hidden.month:%'"
    with closing(machine.ledger()) as db:
        row = db.execute(said).fetchone()
    return int(row[0].split()[0]) / 1e9 if row else 0.0


def written(place: Path, hooks: dict[str, object]) -> str:
    """A project whose settings have these hooks."""
    (place / ".claude").mkdir(exist_ok=True)
    (place / ".claude" / "settings.json").write_text(json.dumps({"hooks": hooks}))
    return str(place)


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


@pytest.mark.parametrize(
    ("tool", "counts"), [("WebSearch", LONG * OPUS + SEARCH), ("WebFetch", LONG * HAIKU)]
)
def test_as_many_helpers_of_a_batch_begin_as_there_is_room_for(
    machine: Machine, tool: str, counts: float
) -> None:
    """Each sees those begun before it; one that is refused was not made and does not count.

    A search is made on the session's own model; none of them reads more than a long prompt.
    """
    machine.call(0.9)
    batch(machine)
    assert [looked_up(machine, number, tool) for number in range(4)] == [True, False, False, False]
    assert not_in_the_books(machine) == pytest.approx(counts)


def test_a_helper_of_a_session_of_small_calls_counts_as_a_short_prompt(machine: Machine) -> None:
    """It knows nothing of its session: what that pays for a cached prompt says little of it."""
    machine.call(0.001)
    batch(machine)
    assert looked_up(machine)
    assert not_in_the_books(machine) == pytest.approx(SHORT * OPUS + SEARCH)


@pytest.mark.parametrize("known", [19, 20])
def test_where_such_helpers_are_known_they_say_what_one_costs(machine: Machine, known: int) -> None:
    """Nine of ten of those that another client's module told of cost no more."""
    begin(machine)
    with closing(machine.ledger()) as db:
        for number in range(known):
            call = Call(f"r{number}", int(time.time() * 1000), "claude-opus-5-5")
            call.input, call.purpose = 100 * (number + 1), "web_search_tool"
            record.put(db, call, source=HELPER, prices=prices.load(), session_id=0, project_id=0)
        db.commit()
    before = machine.spent()
    assert looked_up(machine)
    assert machine.spent() == before
    expected = 0.0018 * OPUS if known == 20 else CALL
    assert not_in_the_books(machine) == pytest.approx(expected)


def test_hooks_that_ask_a_model_count_at_the_next_gate(machine: Machine, tmp_path: Path) -> None:
    """One for each use of a tool that it is meant for; what is written twice is asked once."""
    begin(machine)
    ask = {"type": "prompt", "prompt": "Is it done?"}
    hooks = {
        "PreToolUse": [{"matcher": "Bash|Edit", "hooks": [ask, ask, {**ask, "prompt": "Safe?"}]}],
        "PostToolUse": [{"matcher": "Edit", "hooks": [ask]}, {"hooks": [ask, {"type": "command"}]}],
        "PostToolBatch": [{"hooks": [ask]}],
        "Stop": [{"matcher": "", "hooks": [ask]}],
        "Odd": 7,
    }
    ours = written(tmp_path, hooks)
    uses = [{"tool_use_id": f"toolu_{n}", "tool_name": "Bash"} for n in range(2)]
    machine.hook("post_tool_batch", hook_event_name="PostToolBatch", cwd=ours, tool_calls=uses)
    one = CALL * HAIKU / OPUS
    assert not_in_the_books(machine) == pytest.approx((2 * 2 + 2 * 1 + 1) * one)
    machine.hook("stop", hook_event_name="Stop", cwd=ours)
    assert not_in_the_books(machine) == pytest.approx(8 * one)
    heard(machine)
    machine.hook("stop", hook_event_name="Stop", cwd=ours)
    assert not_in_the_books(machine) == pytest.approx(8 * one)


def test_such_a_hook_counts_by_the_model_it_names(machine: Machine, tmp_path: Path) -> None:
    """So does one that is an agent, and what a project's variable has for the small model."""
    begin(machine)
    for kind, name in (("prompt", "PostToolBatch"), ("agent", "Stop")):
        hook = {"type": kind, "prompt": "Is it done?", "model": "opus"}
        ours = written(tmp_path, {name: [{"hooks": [hook]}]})
        before = not_in_the_books(machine)
        agent = {"agent_id": AGENT} if kind == "agent" else {}
        event = {"hook_event_name": "PostToolBatch", "cwd": ours, "tool_calls": [], **agent}
        machine.hook("post_tool_batch", **event)
        assert not_in_the_books(machine) - before == pytest.approx(CALL)
    before = not_in_the_books(machine)
    said = {"env": {"ANTHROPIC_SMALL_FAST_MODEL": "claude-opus-5-5"}}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(said))
    assert looked_up(machine, tool="WebFetch", cwd=ours)
    assert not_in_the_books(machine) - before == pytest.approx(CALL)


def test_summaries_of_tool_uses_count_where_they_are_switched_on(machine: Machine) -> None:
    """The client has its small model write one after each batch."""
    begin(machine)
    machine.env["CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES"] = "1"
    use = {"tool_use_id": "toolu_1", "tool_name": "Bash"}
    machine.hook("post_tool_batch", hook_event_name="PostToolBatch", tool_calls=[use])
    assert not_in_the_books(machine) == pytest.approx(CALL * HAIKU / OPUS)


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


@pytest.mark.parametrize(("met", "counts"), [("false", 1), ("true", 0)])
def test_a_goal_has_a_judge_asked_at_each_stop(machine: Machine, met: str, counts: int) -> None:
    """Until it is met; what a model writes of one is no goal."""
    begin(machine)
    rows = [
        f'{{"type":"attachment","attachment":{{"type":"goal_status","met":{word}}}}}'
        for word in ("false", met)
    ]
    said = json.dumps({"message": {"content": '{"type":"goal_status","met":false}'}})
    with open(machine.transcript, "a", encoding="utf-8") as file:
        file.write("\n".join([*rows, said]) + "\n")
    machine.hook("stop", hook_event_name="Stop")
    assert not_in_the_books(machine) == pytest.approx(counts * CALL * HAIKU / OPUS)


def test_where_nothing_at_all_is_known_a_helper_reads_a_long_prompt(machine: Machine) -> None:
    """The first call ever is not counted yet when the hooks behind it have asked."""
    machine.env["CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES"] = "1"
    machine.call(CALL)
    use = {"tool_use_id": "toolu_1", "tool_name": "Bash"}
    machine.hook("post_tool_batch", hook_event_name="PostToolBatch", tool_calls=[use])
    assert not_in_the_books(machine) == pytest.approx(LONG * HAIKU)


def test_settings_are_read_for_hooks_only_where_some_were_asked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a tool nothing was: the gate has less to load there."""
    at: list[str] = []

    def beside(event: Event, _: object) -> int:
        at.append(event.name)
        return 0

    monkeypatch.setattr(unheard, "beside", beside)
    begin(machine)
    assert looked_up(machine, tool="Agent")
    machine.hook("pre_compact", hook_event_name="PreCompact")
    for name in ("user_prompt_submit", "stop", "subagent_stop"):
        machine.hook(name, hook_event_name="".join(map(str.title, name.split("_"))))
    assert at == ["PostToolBatch", "UserPromptSubmit", "Stop", "SubagentStop"]
