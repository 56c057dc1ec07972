"""The cap's gate as a hook meets it: late rows, failures, double installs, restored ledgers."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import limits, state
from cheaproute.hook.answer import closed
from cheaproute.hook.main import respond
from cheaproute.ledger import store
from cheaproute.ledger.transactions import Immediate
from cheaproute.money import NANO

UUID = "11111111-2222-3333-4444-555555555555"


HARD = {
    "tool_name": "Agent",
    "tool_use_id": "toolu_1",
    "tool_input": {
        "description": "Root-cause deadlock",
        "prompt": "Root-cause the intermittent deadlock between the writer and the checkpointer.",
        "subagent_type": "general-purpose",
    },
}


class Machine:
    """A user with a key, a cap of $1 and one session."""

    def __init__(self, place: Path) -> None:
        self.data = place / "data"
        self.data.mkdir(mode=0o700)
        self.transcript = place / "projects" / "p" / f"{UUID}.jsonl"
        self.transcript.parent.mkdir(parents=True)
        self.env = {
            "HOME": str(place),
            "CHEAPROUTE_HOME": str(self.data),
            "ANTHROPIC_API_KEY": "sk-ant-x",
        }
        self.calls = 0
        with closing(self.ledger()) as db:
            limits.put(db, {"month": NANO}, 0)

    def ledger(self) -> Any:
        """The ledger, opened."""
        return store.connect(str(self.data / "ledger.db"))

    def call(self, dollars: float, session: str = UUID, cwd: str = "/") -> None:
        """A finished call of Opus 5.5 at that price, as the transcript tells it."""
        self.calls += 1
        usage = {"input_tokens": round(dollars * 250_000), "output_tokens": 0}
        message = {"id": f"msg_{self.calls}", "model": "claude-opus-5-5", "usage": usage}
        row = {
            "type": "assistant",
            "sessionId": session,
            "cwd": cwd,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "message": {
                **message,
                "stop_reason": "end_turn",
                "content": [{"id": f"toolu_{self.calls}"}],
            },
        }
        with open(self.transcript, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def tool_use(self) -> dict[str, str]:
        """The last call's only block."""
        return {"type": "tool_use", "id": f"toolu_{self.calls}"}

    def hook(self, name: str, **event: object) -> dict[str, Any] | None:
        """One hook's answer."""
        common = {"session_id": UUID, "transcript_path": str(self.transcript), "cwd": "/"}
        raw = respond(name, json.dumps({**common, **event}).encode(), self.env)
        answer: dict[str, Any] | None = json.loads(raw) if raw else None
        return answer

    def spent(self) -> float:
        """What the ledger has for the month, in dollars."""
        with closing(self.ledger()) as db:
            month = state.state(db, 0, int(time.time() * 1000)).periods["month"]
        return month.spent / NANO


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user's machine."""
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["stop", "post_tool_batch"])
def test_a_row_that_comes_late_is_waited_for(
    machine: Machine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that the client writes only after the hook has started is seen all the same."""
    monkeypatch.setattr("cheaproute.hook.gate._PATIENCE_S", 20)
    machine.call(0.6)
    machine.hook(name)
    assert machine.spent() == 0.6
    thread = threading.Timer(0.1, machine.call, [0.5])
    thread.start()
    answer = machine.hook(name, tool_calls=[{"tool_use_id": "toolu_2"}])
    thread.join()
    assert answer is not None
    assert "Monthly cap reached: $1.10 of $1.00" in json.dumps(answer)


def test_no_row_is_waited_for_far_from_the_cap(machine: Machine) -> None:
    """A tool batch with money left answers at once."""
    machine.call(0.1)
    machine.hook("post_tool_batch")
    begun = time.monotonic()
    for _ in range(5):
        assert machine.hook("post_tool_batch") is None
    assert time.monotonic() - begun < 5 * 0.3


def test_the_turn_that_reaches_the_cap_ends_there_and_says_so(machine: Machine) -> None:
    """Whatever else would go on with it: another hook, a goal; the next prompt is blocked."""
    machine.call(1.2)
    for _ in range(2):
        stopped = machine.hook("stop")
        assert stopped is not None
        assert stopped["continue"] is False
        assert stopped["stopReason"].startswith("[cheaproute] Monthly cap reached: $1.20 of $1.00")
        assert "systemMessage" not in stopped
    blocked = machine.hook("user_prompt_submit", prompt="go on")
    assert blocked is not None
    assert blocked["decision"] == "block"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_cap_that_an_editor_of_windows_saved_holds(machine: Machine, codec: str) -> None:
    """A mark before the text, two bytes a letter: the session is held to what stands there."""
    with closing(machine.ledger()) as db:
        limits.put(db, {"month": None}, 0)
    machine.call(4)
    assert machine.hook("user_prompt_submit", prompt="go on") is None
    (machine.data / "config.toml").write_bytes("[cap]\r\nmonth_usd = 1\r\n".encode(codec))
    blocked = machine.hook("user_prompt_submit", prompt="go on")
    assert blocked is not None
    assert blocked["decision"] == "block"
    assert "$4.00 of $1.00" in blocked["reason"]


def test_two_installs_count_and_speak_once(machine: Machine) -> None:
    """Hooks that run twice at once, from two installs, book a call once and warn once."""
    machine.call(0.6)
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(machine.hook("stop"))) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machine.spent() == 0.6
    assert len([answer for answer in answers if answer]) == 1


def test_a_gate_past_the_cap_ends_the_leaves_of_all(machine: Machine) -> None:
    """Where a client without the module spent what another one's leave counts on."""
    machine.call(0.3)
    machine.hook("post_tool_batch")
    assert not (machine.data / "leaves_ended").exists()
    machine.call(0.8)
    assert machine.hook("post_tool_batch") is not None
    assert (machine.data / "leaves_ended").exists()


def test_a_restored_ledger_catches_up(machine: Machine, tmp_path: Path) -> None:
    """After a backup is put back, the next hook counts again what the transcripts still tell."""
    machine.call(0.3)
    machine.hook("post_tool_batch")
    with closing(machine.ledger()) as db:
        db.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    machine.call(0.6)
    machine.hook("post_tool_batch")
    machine.call(0.2)
    assert machine.hook("post_tool_batch") is not None
    for name in os.listdir(machine.data):
        if name.startswith("ledger.db"):
            (machine.data / name).unlink()
    shutil.copy(tmp_path / "backup.db", machine.data / "ledger.db")
    assert machine.spent() == 0.3
    assert machine.hook("post_tool_batch") is not None
    assert machine.spent() == 1.1


GATES: dict[str, dict[str, object]] = {
    "user_prompt_submit": {"prompt": "go on"},
    "pre_tool_use": {"tool_name": "Agent", "tool_input": {"description": "d", "prompt": "p"}},
    "post_tool_batch": {"tool_calls": []},
    "pre_compact": {"trigger": "manual"},
    "user_prompt_expansion": {"command_name": "insights"},
}


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("policy", ["open", "closed"])
def test_what_a_failing_gate_does_is_the_users_choice(
    machine: Machine, name: str, policy: str
) -> None:
    """With the ledger broken: `open` lets go on and says so, `closed` stops and says what to do."""
    (machine.data / "config.toml").write_text(f'on_error = "{policy}"\n')
    for file in os.listdir(machine.data):
        if file.startswith("ledger.db"):
            (machine.data / file).write_bytes(b"not a database" * 100)
    answer = machine.hook(name, **GATES[name])
    assert answer is not None
    assert (set(answer) == {"systemMessage"}) == (policy == "open")
    said = json.dumps(answer)
    assert ("The cap could not be checked" in said) == (policy == "closed")
    assert "cheaproute doctor" in said
    assert (machine.data / "cheaproute.log").exists()


@pytest.mark.parametrize("policy", ["open", "closed"])
def test_a_brain_that_fails_tells_the_module_why(
    machine: Machine, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be judged is refused with the cause where gates fail closed, else in silence."""
    (machine.data / "config.toml").write_text(f'on_error = "{policy}"\n')

    def fails(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("cheaproute.hook.mod.standing.answer", fails)
    told = machine.hook("mod", hook_event_name="ModGate")
    why = closed("RecursionError")
    refusal = {"unchecked": why, "deny": why, "cause": "RecursionError"}
    assert told == (refusal if policy == "closed" else None)


def test_a_failure_where_nothing_is_gated_stops_nothing(machine: Machine) -> None:
    """`closed` is about gates: the end of a session is none."""
    (machine.data / "config.toml").write_text('on_error = "closed"\n')
    (machine.data / "ledger.db").write_bytes(b"not a database" * 100)
    assert machine.hook("session_end") is None
    assert machine.hook("stop_failure") is None


@pytest.mark.parametrize("policy", ["open", "closed"])
def test_a_ledger_too_busy_to_write_to_still_closes_the_gate(
    machine: Machine, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was spent before is known without a write; only `closed` also stops below the cap."""
    monkeypatch.setattr("cheaproute.ledger.transactions.WAIT_S", 0.05)
    (machine.data / "config.toml").write_text(f'on_error = "{policy}"\n')
    machine.call(0.5)
    assert machine.hook("post_tool_batch") is None
    machine.call(0.1)
    with closing(machine.ledger()) as other:
        with Immediate(other):
            answer = machine.hook("post_tool_batch")
            assert answer is not None
            assert ("continue" in answer) == (policy == "closed")
            assert ("the ledger is busy" in answer.get("systemMessage", "")) or policy == "closed"
        limits.put(other, {"month": NANO // 2}, 1)
        with Immediate(other):
            answer = machine.hook("post_tool_batch")
    assert answer is not None
    assert "Monthly cap reached" in json.dumps(answer)


def test_cheap_sends_everything_to_haiku_and_stops_at_110_percent(machine: Machine) -> None:
    """From the cap on even a hard task is dispatched to Haiku; that is said once; then it stops."""
    (machine.data / "config.toml").write_text('[cap]\nat_cap = "cheap"\n')
    machine.call(0.9)
    assert machine.hook("pre_tool_use", **HARD) is None
    machine.call(0.15)
    answer = machine.hook("pre_tool_use", **HARD)
    assert answer is not None
    assert answer["hookSpecificOutput"]["updatedInput"]["model"] == "haiku"
    assert machine.hook("user_prompt_submit", prompt="go on") is None
    said = machine.hook("stop")
    assert said is not None
    assert "Subagents run on Haiku from here; at 110 % everything stops." in said["systemMessage"]
    assert machine.hook("stop") is None
    machine.call(0.05)
    assert "Monthly cap reached: $1.10 of $1.00" in json.dumps(machine.hook("pre_tool_use", **HARD))


def test_warn_stops_nothing_and_is_said_once(machine: Machine) -> None:
    """On a plan a cap that is passed is a line under the answer, in list prices, once."""
    machine.env.pop("ANTHROPIC_API_KEY")
    machine.env["CLAUDE_CODE_OAUTH_TOKEN"] = "t"
    machine.call(3)
    assert machine.hook("post_tool_batch") is None
    assert machine.hook("user_prompt_submit", prompt="go on") is None
    said = machine.hook("stop")
    assert said is not None
    assert said["systemMessage"].startswith(
        "[cheaproute] Monthly cap passed: $3.00 of $1.00 at list prices (your plan does not bill"
    )
    assert machine.hook("stop") is None


def test_a_cap_that_is_passed_hides_no_other(machine: Machine) -> None:
    """The month is passed and the day is near its end in one turn: both are said, once."""
    (machine.data / "config.toml").write_text('[cap]\nat_cap = "warn"\nday_usd = 3\n')
    machine.call(2.8)
    said = json.dumps(machine.hook("stop"))
    assert "Monthly cap passed: $2.80 of $1.00" in said
    assert "93 % of the daily cap is used: $2.80 of $3.00" in said
    assert machine.hook("stop") is None


def test_a_line_that_nobody_saw_is_still_said(machine: Machine, tmp_path: Path) -> None:
    """`-p` and SDKs show no such line: the next session with a screen says it; the command ran."""
    ran = tmp_path / "ran"
    config = machine.data / "config.toml"
    program = json.dumps(["sh", "-c", f'echo "$0" >> {ran}'])
    config.write_text(f'[cap]\nat_cap = "warn"\ncommand = {program}\n')
    for spent, line in ((0.92, "92 % of the monthly cap is used"), (0.2, "Monthly cap passed")):
        machine.call(spent)
        machine.env["CLAUDE_CODE_ENTRYPOINT"] = "sdk-cli"
        told = [machine.hook("stop") for _ in range(3)]
        assert line in json.dumps(told[0])  # for who reads the stream, once
        assert told[1:] == [None, None]
        machine.env["CLAUDE_CODE_ENTRYPOINT"] = "cli"
        assert line in json.dumps(machine.hook("stop"))
        assert machine.hook("stop") is None
        machine.env["CLAUDE_CODE_ENTRYPOINT"] = "sdk-cli"
        assert machine.hook("stop") is None
    end = time.monotonic() + 20
    while time.monotonic() < end and len(ran.read_text().split("\n") if ran.exists() else "") < 3:
        time.sleep(0.02)
    assert len(ran.read_text().splitlines()) == 2


def test_a_variable_never_raises_a_cap(machine: Machine, tmp_path: Path) -> None:
    """Who may set a hook's variables may name another config.toml, or be the plugin's option.

    It tightens as any; it loosens only where the client itself was started so, or has it so.
    """
    machine.env.pop("CHEAPROUTE_HOME")
    machine.env["XDG_DATA_HOME"] = str(tmp_path / "share")
    machine.data = tmp_path / "share" / "cheaproute"
    machine.data.mkdir(mode=0o700, parents=True)

    def config(place: Path, dollars: int) -> None:
        place.mkdir(parents=True, exist_ok=True)
        (place / "config.toml").write_text(f"[cap]\nmonth_usd = {dollars}\n")

    def limit() -> float | None:
        machine.hook("post_tool_batch")
        with closing(machine.ledger()) as db:
            nano = limits.limits(db, {"month": "month:2026-11"})["month"].nano
        return nano and nano / NANO

    config(tmp_path / ".config" / "cheaproute", 5)
    assert limit() == 5
    config(tmp_path / "evil" / "cheaproute", 999)
    machine.env["XDG_CONFIG_HOME"] = str(tmp_path / "evil")
    assert limit() == 5
    config(tmp_path / "evil" / "cheaproute", 3)
    assert limit() == 3
    machine.env.pop("XDG_CONFIG_HOME")
    machine.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"] = "777"
    machine.env["CLAUDE_PLUGIN_DATA"] = "/x/cheaproute-inline"
    assert limit() == 5  # the user's own file again, where it always was
    machine.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"] = "2"
    assert limit() == 2
    (tmp_path / ".claude").mkdir()
    option = {"pluginConfigs": {"cheaproute@inline": {"options": {"monthly_cap_usd": 777}}}}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(option))
    machine.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"] = "777"
    assert limit() == 777


@pytest.mark.parametrize(
    ("entrypoint", "words", "named"),
    [
        ("sdk-cli", ["claude", "-p", "x"], False),
        ("sdk-cli", ["claude", "-p", "--input-format", "stream-json"], True),
        ("sdk-ts", ["claude", "-p", "--input-format=stream-json"], True),
        ("cli", ["claude"], True),
    ],
)
def test_a_run_that_ends_with_its_answer_is_offered_no_further_turn(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    entrypoint: str,
    words: list[str],
    *,
    named: bool,
) -> None:
    """`cap finish` is for a session's next turn, which one `-p` run will not have."""
    monkeypatch.setattr("cheaproute.client.command_line.command", lambda: words)
    machine.env["CLAUDE_CODE_ENTRYPOINT"] = entrypoint
    machine.call(1.2)
    said = machine.hook("stop")
    assert said is not None
    assert "cap raise" in said["stopReason"]
    assert ("cap finish" in said["stopReason"]) is named
