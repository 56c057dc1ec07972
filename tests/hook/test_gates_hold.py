"""Past the cap every gate stops the next call, whatever is wrong beside the totals."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client import tools
from cheaproute.config import paths
from cheaproute.hook.main import respond
from cheaproute.ledger.transactions import Immediate
from cheaproute.report import costs
from tests.hook.test_gate import UUID, Machine

# Every way in: the hook, and what its event has besides what all have.
GATES: dict[str, tuple[str, dict[str, Any]]] = {
    "prompt": ("user_prompt_submit", {"prompt": "go on"}),
    "batch": ("post_tool_batch", {"tool_calls": [{"tool_use_id": "toolu_9"}]}),
    "stop": ("stop", {"last_assistant_message": "Done."}),
    "goal": ("stop", {"last_assistant_message": "Done.", "stop_hook_active": True}),
    "subagent": ("subagent_stop", {"agent_id": "a1", "last_assistant_message": "Done."}),
    "compact": ("pre_compact", {"trigger": "auto"}),
    "command": ("user_prompt_expansion", {"command_name": "insights", "prompt": "/insights"}),
    **{
        tool: ("pre_tool_use", {"tool_name": tool, "tool_use_id": "toolu_9", "tool_input": {}})
        for tool in tools.PAID_TOOLS
    },
}
HUGE = 18_446_744_073_709_551_000


def row(**message: Any) -> dict[str, Any]:
    """An assistant's row with something odd about it."""
    plain = {"id": "msg_odd", "model": "claude-opus-5-5", "stop_reason": "end_turn", "content": []}
    return {
        "type": "assistant",
        "sessionId": UUID,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "message": {**plain, "usage": {"input_tokens": 1, "output_tokens": 1}, **message},
    }


def total(**counts: Any) -> dict[str, Any]:
    """A row of the client's own total with something odd about it."""
    usage = {"claude-opus-5-5": {"inputTokens": 1, "outputTokens": 1, "costUSD": 0.1, **counts}}
    return {"type": "cost-state", "totalCostUSD": 0.1, "startTime": 1, "modelUsage": usage}


# What a gateway or a broken client may have written.
POISON: dict[str, dict[str, Any]] = {
    "underflow": row(usage={"input_tokens": 1, "output_tokens": HUGE}),
    "input": row(usage={"input_tokens": HUGE, "output_tokens": 1}),
    "dear": row(usage={"input_tokens": 9 * 10**15, "output_tokens": 1}),
    "passes": row(usage={"input_tokens": 1, "output_tokens": 1, "iterations": 5}),
    "pass": row(usage={"input_tokens": 1, "iterations": [{"type": "\ud800"}, 7, None]}),
    "id": row(id="msg_\ud800"),
    "model": row(model="\ud800"),
    "speed": row(usage={"input_tokens": 1, "output_tokens": 1, "speed": "\ud800"}),
    "agent": {**row(), "agentId": "\ud800"},
    "session": {**row(), "sessionId": "\ud800"},
    "began": {**total(), "startTime": 10**30},
    "total": total(inputTokens=10**30),
    "cost": total(costUSD=1e300),
    "float": row(usage={"input_tokens": 1e300, "output_tokens": -1e300}),
    "text": row(usage="none"),
    "nothing": row(usage=None),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user who has spent $4 of $1, in another session than the one that is asked about."""
    made = Machine(tmp_path)
    mine, other = made.transcript, "b" * 8 + UUID[8:]
    made.transcript = mine.with_name(f"{other}.jsonl")
    made.call(4)
    made.hook("post_tool_batch", session_id=other)
    made.transcript = mine
    made.transcript.write_text("")
    return made


def held(machine: Machine, only: Iterator[str] | None = None, spent: str = "$4.0") -> None:
    """Every gate says no, for the reason that it has."""
    for name in only or GATES:
        hook, event = GATES[name]
        answer = machine.hook(hook, **event)
        assert answer is not None, name
        said = json.dumps(answer, ensure_ascii=False).replace("≥", "")
        assert f"Monthly cap reached: {spent}" in said, (name, answer)
        assert answer.get("continue") is False or answer.get("decision") == "block", name
        assert "allow" not in json.dumps(answer.get("hookSpecificOutput", {})), name


def test_every_gate_holds_when_all_is_well(machine: Machine) -> None:
    """A prompt, a batch, an end, a compaction, and each tool whose use is a model's call."""
    held(machine)


@pytest.mark.parametrize("name", POISON)
def test_a_row_that_cannot_be_counted(machine: Machine, name: str) -> None:
    """It does not silence the gates of its own session, today or ever."""
    with open(machine.transcript, "a", encoding="utf-8") as file:
        file.write(json.dumps(POISON[name]) + "\n")
    machine.call(0.001)
    held(machine, spent="$")


def test_sums_that_no_integer_holds(machine: Machine) -> None:
    """Rows of which each can be counted, while their sum cannot."""
    with open(machine.transcript, "a", encoding="utf-8") as file:
        for number in range(4):
            usage = {"input_tokens": 10**15, "output_tokens": 1}
            file.write(json.dumps(row(id=f"msg_odd_{number}", usage=usage)) + "\n")
    for name, (hook, event) in GATES.items():
        assert "cap reached" in json.dumps(machine.hook(hook, **event)), name


def break_table(table: str) -> Callable[[sqlite3.Connection], None]:
    """The ledger without one of its tables, as an older or a damaged one is."""

    def drop(db: sqlite3.Connection) -> None:
        db.execute(f"DROP TABLE {table}")

    return drop


def newer(db: sqlite3.Connection) -> None:
    """As a later version would leave it, which names nobody that may go on."""
    db.execute("UPDATE meta SET value = '999' WHERE key = 'works_with'")
    db.execute("PRAGMA user_version = 999")


@pytest.mark.parametrize(
    "fault",
    [newer, *map(break_table, ("reservation", "session", "file", "meta", "told", "pace", "seat"))],
    ids=["newer", "reservation", "session", "file", "meta", "told", "pace", "seat"],
)
def test_a_ledger_that_is_not_as_it_should_be(
    machine: Machine, fault: Callable[[sqlite3.Connection], None]
) -> None:
    """What is left of it says that the cap is passed."""
    with closing(machine.ledger()) as db:
        fault(db)
    machine.call(0.001)
    held(machine)


@contextmanager
def locked(machine: Machine, how: str) -> Iterator[None]:
    """Another process that writes and writes."""
    with closing(sqlite3.connect(machine.data / "ledger.db", isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_ledger_that_is_busy(machine: Machine, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as it was."""
    monkeypatch.setattr("cheaproute.hook.context.PATIENCE_S", 0.1)
    machine.call(0.001)
    with locked(machine, how):
        held(machine, iter(("prompt", "batch", "stop", "Agent")))


def test_sessions_side_by_side_at_a_ledger_that_is_busy(tmp_path: Path) -> None:
    """Each counts what the others could not write down; who can write it takes that away again."""
    machine = Machine(tmp_path)
    folder = Path(paths.beside_dirs(machine.env)[0])
    mine, other = machine.transcript, "b" * 8 + UUID[8:]
    with locked(machine, "EXCLUSIVE"):
        machine.transcript = mine.with_name(f"{other}.jsonl")
        machine.call(0.6)
        assert "continue" not in json.dumps(machine.hook("post_tool_batch", session_id=other))
        assert folder.is_dir()
        machine.transcript = mine
        machine.call(0.6)
        answer = machine.hook("post_tool_batch")
        assert answer is not None
        assert answer["continue"] is False
    machine.hook("post_tool_batch")
    assert not folder.exists()


def test_all_waiting_together_stays_in_the_budget(machine: Machine) -> None:
    """A hook that waits for a lock again and again would run out of time, in silence."""
    machine.call(0.001)
    (machine.data / "config.toml").write_text("[cap]\nmonth_usd = 2\n")  # to be taken over, too
    with closing(machine.ledger()) as other, Immediate(other):
        begin = time.monotonic()
        held(machine, iter(("stop",)))
        assert time.monotonic() - begin < 8  # what a hook has


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_who_holds_the_ledger_is_waited_for_once(machine: Machine, how: str) -> None:
    """All waits of a hook are one budget, and the hooks after it know that it is in vain."""
    begin = time.monotonic()
    with locked(machine, how):
        for number in range(8):
            machine.call(0.001)
            machine.hook(list(GATES.values())[number % len(GATES)][0], **GATES["batch"][1])
        assert time.monotonic() - begin < 8 * 1.5  # each of them waited as long before
    assert (machine.data / "ledger.held").exists()
    machine.call(0.001)
    machine.hook("post_tool_batch")
    assert not (machine.data / "ledger.held").exists()


def test_a_queue_is_waited_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the others get something written, a hook's turn comes, too."""
    monkeypatch.setattr("cheaproute.hook.context.STALL_S", 0.5)
    path, stop, writing = machine.data / "ledger.db", threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            end = time.monotonic() + 1.5
            while time.monotonic() < end and not stop.is_set():
                with Immediate(other):
                    other.execute("INSERT OR REPLACE INTO meta VALUES('x', ?)", (time.time(),))
                    writing.set()
                    time.sleep(0.2)

    thread = threading.Thread(target=write)
    thread.start()
    writing.wait(10)
    before = machine.spent()
    machine.call(0.001)
    machine.hook("post_tool_batch")
    stop.set()
    thread.join()
    assert machine.spent() > before


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw + b" " * 9_000_000,
        lambda raw: raw[:-1],
        lambda raw: raw[: len(raw) // 2],
        lambda _raw: b"",
        lambda _raw: b"\xff\xfe\x00",
        lambda _raw: b"[1, 2]",
    ],
    ids=["long", "torn", "half", "empty", "binary", "list"],
)
@pytest.mark.parametrize("name", ["prompt", "batch", "stop", "subagent", "compact", "Workflow"])
def test_an_event_that_cannot_be_read(
    machine: Machine, name: str, damage: Callable[[bytes], bytes]
) -> None:
    """It is an event of a known kind all the same: month and day need neither session nor file."""
    hook, event = GATES[name]
    common = {"session_id": UUID, "transcript_path": str(machine.transcript), "cwd": "/"}
    raw = respond(hook, damage(json.dumps({**common, **event}).encode()), machine.env)
    assert b"Monthly cap reached: $4.0" in raw


def test_a_long_batch_has_its_own_session_counted(tmp_path: Path) -> None:
    """Four read PDFs make an event of 16 MB: its session's calls count like any other's."""
    machine = Machine(tmp_path)
    machine.call(1.2)
    answer = machine.hook(
        "post_tool_batch",
        tool_calls=[{"tool_use_id": "toolu_1", "tool_response": "x" * 4_000_000}] * 4,
    )
    assert answer is not None
    assert "$1.20 of $1.00" in answer["stopReason"]
    assert machine.spent() == 1.2


@pytest.mark.parametrize("name", ["prompt", "batch", "Agent"])
def test_what_could_not_be_counted_is_said_once(tmp_path: Path, name: str) -> None:
    """Below the cap the session goes on, and its user knows that the cap goes by older figures."""
    machine = Machine(tmp_path)
    machine.call(0.1)
    with closing(machine.ledger()) as db:
        db.execute("DROP TABLE file")
    hook, event = GATES[name]
    said = [machine.hook(hook, **event) for _ in range(3)]
    told = [answer["systemMessage"] for answer in said if answer]
    assert len(told) == 1
    assert "New calls could not be counted" in told[0]
    assert "cheaproute doctor" in told[0]


@pytest.mark.parametrize("prompt", ["/costs", "cheaproute cap"])
@pytest.mark.parametrize("on_error", ["open", "closed"])
def test_nobody_is_locked_out_by_a_fault(machine: Machine, prompt: str, on_error: str) -> None:
    """`/costs` and the typed command answer with what is known, and make no call."""
    (machine.data / "config.toml").write_text(f'on_error = "{on_error}"\n')
    with open(machine.transcript, "a", encoding="utf-8") as file:
        file.write(json.dumps(POISON["underflow"]) + "\n")
    answer = machine.hook("user_prompt_submit", prompt=prompt)
    assert answer is not None
    assert answer["decision"] == "block"
    assert "of $1.00" in answer["reason"] or "$" in answer["reason"].partition("Month")[2]


@pytest.mark.parametrize(
    ("at_cap", "cap", "stops"), [("block", 1, True), ("warn", 1, False), ("block", 0, False)]
)
def test_a_session_without_a_transcript(
    tmp_path: Path, at_cap: str, cap: int, *, stops: bool
) -> None:
    """What nobody can count is said, once; where a cap is to stop things, the session stops."""
    machine = Machine(tmp_path)
    (machine.data / "config.toml").write_text(f'[cap]\nat_cap = "{at_cap}"\nmonth_usd = {cap}\n')
    with closing(machine.ledger()) as db:
        db.execute("DELETE FROM cap")
    answers = []
    for name in ("prompt", "batch", "batch", "stop", "prompt"):
        hook, event = GATES[name]
        answers.append(json.dumps(machine.hook(hook, **event)))
    assert answers[0] == "null"  # there may be no file before the first answer
    said = ["writes no transcript" in answer for answer in answers[1:]]
    if stops:
        assert all(said)
        assert '"continue": false' in answers[1]
        assert '"decision": "block"' in answers[4]
        assert "config.toml lets it go on" in answers[1]
    else:
        assert said == [True, False, False, False]
        assert "continue" not in answers[1]
    with closing(machine.ledger()) as db:
        assert costs.build(db, int(time.time() * 1000)).lower_bound
    machine.call(0.1)  # it was only late
    machine.hook("post_tool_batch", tool_calls=[{"tool_use_id": "toolu_1"}])
    assert machine.spent() == 0.1


def test_what_ran_without_hooks_is_counted_and_named(tmp_path: Path) -> None:
    """At the next session's start, with its folder, what switched the hooks off, and dollars."""
    machine = Machine(tmp_path)
    machine.env["CLAUDE_CONFIG_DIR"] = str(tmp_path)
    repo = tmp_path / "repo"
    (repo / ".claude").mkdir(parents=True)
    (repo / ".claude" / "settings.json").write_text('{"disableAllHooks": true}')
    before, without, after = (f"{n}1111111-2222-3333-4444-555555555555" for n in "123")
    mine = machine.transcript

    def runs(uuid: str, dollars: float, cwd: Path) -> None:
        machine.transcript = mine.with_name(f"{uuid}.jsonl")
        machine.call(dollars, session=uuid, cwd=str(cwd))

    runs(before, 0.25, tmp_path)  # before the plugin came
    time.sleep(1.1)  # a transcript's times here are whole seconds
    begin(machine, after)
    time.sleep(1.1)
    runs(without, 1.6, repo)
    with closing(machine.ledger()) as db:
        db.execute("DELETE FROM meta WHERE key = 'caught_up'")
    begin(machine, after)
    assert round(machine.spent(), 2) == 1.85
    said = json.dumps(machine.hook("stop", session_id=after))
    assert f"A session in {repo} ran without cheaproute (disableAllHooks in " in said
    assert "$1.60, counted now" in said
    assert f"false in {repo}/.claude/settings.local.json goes over it" in said
    assert "$0.25" not in said
    assert "ran without" not in json.dumps(machine.hook("stop", session_id=after))


def begin(machine: Machine, uuid: str) -> None:
    """A session's start, and the look in its background done."""
    machine.hook("session_start", session_id=uuid, source="startup", hook_event_name="SessionStart")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with closing(machine.ledger()) as db:
            if db.execute("SELECT count(*) FROM file").fetchone()[0] == machine.calls:
                return
        time.sleep(0.05)
    raise AssertionError((machine.data / "cheaproute.log").read_text())


def test_a_command_of_our_own_is_answered_past_the_cap(machine: Machine) -> None:
    """Its prompt's own hook does that, which an older client starts only after this one."""
    machine.call(1.2)
    machine.hook("stop")
    told = machine.hook("user_prompt_expansion", command_name="cheaproute:costs", prompt="/x")
    assert told is None
