"""The turn of `cap finish`: as long as what was started in it runs, and no prompt beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import one_turn, state
from cheaproute.ledger import decisions
from cheaproute.ledger.query import agent_runs as query
from cheaproute.money import NANO
from cheaproute.report.terminal import decisions as shown
from tests.client.test_agent_result import STOPPED
from tests.hook.test_gate import UUID, Machine

HOUR_MS = 3_600_000
NOTICE = "<task-notification>\n<task-id>{}</task-id>\n<status>completed</status>"


class Turn(Machine):
    """A session past its cap of $1, one of whose turns may spend $2."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.call(1.2)
        self.row(-60_000, type="user", id="b-old")
        self.hook("stop")
        with closing(self.ledger()) as db:
            self.number = state.state(db, UUID, self.now()).session_id
            one_turn.allow(db, self.number, 2 * NANO, self.now())

    def now(self) -> int:
        """Milliseconds."""
        return int(time.time() * 1000)

    def row(self, after_ms: int = 0, **fields: object) -> None:
        """A row of the transcript."""
        at_ms = self.now() + after_ms
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1000))
        with open(self.transcript, "a", encoding="utf-8") as file:
            row = {**fields, "timestamp": f"{stamp}.{at_ms % 1000:03}Z"}
            file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def stop(self, *running: str) -> None:
        """The main loop's turn ends while these run."""
        tasks = [{"id": task, "type": "subagent", "status": "running"} for task in running]
        self.hook("stop", hook_event_name="Stop", background_tasks=tasks)

    def refused(self, prompt: str) -> str:
        """Why the prompt goes no further; "" if it does."""
        told = self.hook("user_prompt_submit", hook_event_name="UserPromptSubmit", prompt=prompt)
        return str(told["reason"]) if told else ""

    def left(self, after_ms: int = 0) -> int:
        """What the turn may spend then, in nano-dollars."""
        with closing(self.ledger()) as db:
            return state.state(db, self.number, self.now() + after_ms).beyond


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user's machine."""
    return Machine(tmp_path)


@pytest.fixture
def turn(tmp_path: Path) -> Turn:
    """The session."""
    return Turn(tmp_path)


def test_the_turn_lasts_as_long_as_its_agents(turn: Turn) -> None:
    """The notice of one's end goes on with it, the last one's turn ends it; a person's waits."""
    assert turn.refused("fix it") == ""
    turn.row(type="user", id="a-1")
    turn.row(type="user", id="a-2")
    turn.stop("a-1", "a-2", "b-old")
    assert turn.left() == 2 * NANO
    said = turn.refused("and this, too")
    assert said.startswith("[cheaproute] Monthly cap reached: $1.20 of $1.00")
    assert "this prompt is another turn" in said
    assert turn.refused(NOTICE.format("a-1")) == ""
    turn.stop("a-2", "b-old")
    assert turn.refused(NOTICE.format("a-2")) == ""
    assert turn.left() == 2 * NANO
    turn.stop("b-old")
    assert turn.left() == 0
    assert turn.refused("and this, too").endswith("cap finish 2 --session 11111111")


def test_a_notice_that_waits_belongs_to_the_turn(turn: Turn) -> None:
    """The agent had ended before the main loop's part did: nothing runs, its word is to come."""
    notice = NOTICE.format("a-1")
    turn.row(type="user", id="a-1")
    turn.row(type="queue-operation", operation="enqueue", content=notice)
    turn.stop()
    assert turn.left() == 2 * NANO
    assert turn.refused(notice) == ""
    turn.row(type="user", message={"role": "user", "content": notice})
    turn.stop()
    assert turn.left() == 0


def said(text: str) -> dict[str, Any]:
    """The fields of a row that begins a turn."""
    return {"type": "user", "message": {"role": "user", "content": text}}


def run_on(turn: Turn) -> None:
    """The main loop's part is over while an agent of the turn runs; the next prompt was heard."""
    turn.row(**said("fix it"))
    turn.row(type="user", id="a-1")
    assert turn.refused("and this, too") == ""  # it may still join the turn
    turn.stop("a-1")


def batch(turn: Turn, agent: str = "") -> str:
    """What ends the turn between two of its requests; "" if nothing does."""
    event: dict[str, Any] = {
        "hook_event_name": "PostToolBatch",
        "agent_id": agent,
        "tool_calls": [],
    }
    return str((turn.hook("post_tool_batch", **event) or {}).get("stopReason", ""))


def gate(turn: Turn, agent: str = "") -> str:
    """Why the next request may not leave; "" if it may."""
    flight = {"model": "claude-opus-5-5", "bytes": 60_000, "agent": agent, "at_ms": 1}
    event: dict[str, Any] = {
        "hook_event_name": "ModGate",
        "busy": True,
        "asked": [flight],
        "flights": [flight],
    }
    told = turn.hook("mod", **event)
    assert told is not None
    [why] = told["denies"]
    return str(why)


@pytest.mark.parametrize("ask", [batch, gate])
def test_a_prompt_typed_ahead_is_another_turn(turn: Turn, ask: Callable[..., str]) -> None:
    """Once it begins one: no request of it leaves, its agents go on, and so does their notice."""
    run_on(turn)
    assert ask(turn) == ""  # what helps between two turns
    turn.row(**said("and this, too"))
    assert "this prompt is another turn" in ask(turn)
    assert ask(turn, "a-1") == ""
    turn.stop("a-1")
    assert turn.left() == 2 * NANO
    turn.row(**said(NOTICE.format("a-1")))
    assert turn.refused(NOTICE.format("a-1")) == ""
    assert ask(turn) == ""
    turn.stop()
    assert turn.left() == 0


@pytest.mark.parametrize(
    "rows",
    [
        [{**said("more"), "isMeta": True}],
        [said("<command-name>/tasks</command-name>"), said("<local-command-stdout>2")],
        [said("[Request interrupted by user]")],
        [{"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "t"}]}}],
    ],
)
def test_what_begins_no_turn_holds_none(turn: Turn, rows: list[dict[str, Any]]) -> None:
    """The client's own rows, in the turn that a notice began."""
    run_on(turn)
    turn.row(**said(NOTICE.format("a-1")))
    for row in rows:
        turn.row(**row)
    assert batch(turn) == gate(turn) == ""


@pytest.mark.parametrize("running", [[], ["b-old"]])
def test_what_ran_before_keeps_no_turn_going(turn: Turn, running: list[str]) -> None:
    """A server that an earlier turn started, say."""
    assert turn.refused("fix it") == ""
    turn.stop(*running)
    assert turn.left() == 0


def test_it_is_for_an_hour_at_most_and_for_its_amount(turn: Turn) -> None:
    """What runs for ever keeps no cap open, and is not given another hour by each turn."""
    assert turn.left(11 * HOUR_MS)  # the turn has not begun
    turn.row(type="user", id="a-1")
    turn.stop("a-1")
    turn.stop("a-1")
    assert turn.left(HOUR_MS - 10_000)
    assert turn.left(HOUR_MS + 10_000) == 0
    turn.call(2.1)
    turn.stop("a-1")
    assert "this prompt is another turn" not in turn.refused(NOTICE.format("a-1"))


@pytest.mark.parametrize(
    ("hook", "event", "ended"),
    [
        ("post_tool_batch", {"tool_calls": []}, "by the cap"),
        ("stop_failure", {"last_assistant_message": f"{STOPPED}[cheaproute] Mo"}, "refused by"),
        ("stop_failure", {"last_assistant_message": "API Error: 529"}, ""),
    ],
)
def test_an_agent_that_the_cap_ends_is_told_so(
    machine: Machine, hook: str, event: dict[str, object], ended: str
) -> None:
    """Neither a failure of its model nor done, with the module and without it."""
    machine.call(1.2)
    machine.hook("stop")
    with closing(machine.ledger()) as db:
        decisions.add(db, {"id": "toolu_9", "ts_ms": 1, "session": 1, "agent": "a-1"})
    machine.hook(hook, agent_id="a-1", **event)
    with closing(machine.ledger()) as db:
        [row] = query.latest(db, 1)
    assert ended in shown.headline(row, 2)
    assert (row.status == "cut") == bool(ended)
