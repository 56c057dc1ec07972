"""Something else lies where the ledger was: each gate goes on with what it can still know."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.ledger.upkeep import catch_up
from cheaproute.money import NANO
from cheaproute.usage import prices
from tests.hook.mod.test_questions import FLIGHT, record
from tests.hook.test_gate import UUID, Machine
from tests.hook.test_gates_hold import GATES


def a_directory(place: Path) -> None:
    """A directory stands there."""
    (place / "ledger.db").mkdir()


def a_link(place: Path) -> None:
    """A link that leads nowhere good."""
    (place / "ledger.db").symlink_to("/dev/null")


def a_pipe(place: Path) -> None:
    """A pipe, which would hang whoever opens it."""
    os.mkfifo(place / "ledger.db")


def noise(place: Path) -> None:
    """No database."""
    (place / "ledger.db").write_bytes(b"\x07 noise" * 10_000)


def anothers(place: Path) -> None:
    """A database of somebody else, which says that it is of our version."""
    with closing(sqlite3.connect(place / "ledger.db")) as db:
        db.execute("CREATE TABLE spent(x)")
        db.execute("PRAGMA user_version = 4")


def nothing(place: Path) -> None:
    """No ledger at all, so that a new one is made."""


def empty(place: Path) -> None:
    """A file of no bytes."""
    (place / "ledger.db").touch()


def no_data(place: Path) -> None:
    """The data directory is a file."""
    shutil.rmtree(place)
    place.touch()


FAULTS = [a_directory, a_link, a_pipe, noise, anothers, nothing, empty, no_data]
Fault = Callable[[Path], None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A cap of $1 set by command, and a session that has spent $1.20."""
    monkeypatch.setattr("cheaproute.hook.gate._PATIENCE_S", 0.01)
    machine = Machine(tmp_path)
    machine.env["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    machine.env["XDG_DATA_HOME"] = str(tmp_path / "share")
    del machine.env["CHEAPROUTE_HOME"]
    machine.data.rmdir() if not any(machine.data.iterdir()) else shutil.rmtree(machine.data)
    machine.data = tmp_path / "share" / "cheaproute"
    with closing(machine.ledger()) as db:
        limits.put(db, {"month": NANO}, 0, str(tmp_path / "config" / "cheaproute"))
    return machine


def broken(machine: Machine, fault: Fault) -> None:
    """The ledger is gone, and in its place is what `fault` makes."""
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (machine.data / name).unlink(missing_ok=True)
    fault(machine.data)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("gate", ["prompt", "batch", "stop", "subagent", "Agent", "compact"])
def test_the_sessions_own_calls_are_held_to_the_cap(
    machine: Machine, fault: Fault, gate: str
) -> None:
    """The limit is kept elsewhere, and the transcript tells what the session spent."""
    machine.call(1.2)
    broken(machine, fault)
    hook, event = GATES[gate]
    answer = machine.hook(hook, **event)
    assert answer is not None
    assert "Monthly cap reached: $1.20 of $1.00" in json.dumps(answer)


@pytest.mark.parametrize("fault", FAULTS)
def test_below_the_cap_the_session_goes_on(machine: Machine, fault: Fault) -> None:
    """Nothing is stopped; its user is told once where something is in the way."""
    machine.call(0.2)
    broken(machine, fault)
    hook, event = GATES["batch"]
    said = json.dumps([machine.hook(hook, **event) for _ in range(3)])
    assert "continue" not in said
    if fault not in (nothing, empty, no_data):
        assert said.count("by this session's own calls alone") == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_the_module_holds_too(machine: Machine, fault: Fault) -> None:
    """Records that could not be booked stay with the hand and count; so does the transcript."""
    place = Path(machine.env["HOME"]) / ".claude" / "projects" / "p"
    place.mkdir(parents=True)
    machine.transcript = place / f"{UUID}.jsonl"
    machine.call(0.7)
    broken(machine, fault)
    asked = {"flight": FLIGHT, "flights": [FLIGHT], "hook_event_name": "ModGate"}
    early = machine.hook("mod", **asked)
    assert early is not None
    assert "deny" not in early or "Not sent" in str(early["deny"])
    told = [record(n, input_tokens=50_000) for n in (1, 2)]
    late = machine.hook("mod", **asked, calls=told)
    assert late is not None
    assert "cap reached" in str(late["deny"])
    assert late["booked"] is (fault in (nothing, empty))


@pytest.mark.parametrize("written", [None, '{"month": 999000000000}'])
def test_the_hand_remembers_the_limits(
    machine: Machine, tmp_path: Path, written: str | None
) -> None:
    """Ledger and kept limits are gone, or others stand there: what the module was told holds."""
    place = Path(machine.env["HOME"]) / ".claude" / "projects" / "p"
    place.mkdir(parents=True)
    machine.transcript = place / f"{UUID}.jsonl"
    told = machine.hook("mod", hook_event_name="ModStart", version="2.1.332")
    assert told is not None
    assert told["caps"] == {"month": NANO}
    machine.call(1.2)
    kept = tmp_path / "config" / "cheaproute" / limits.KEPT
    kept.unlink() if written is None else kept.write_text(written)
    broken(machine, nothing)
    hook, event = GATES["batch"]
    machine.hook(hook, **event)  # the classic hook finds no limit, or the other one
    asked = {"flight": FLIGHT, "flights": [FLIGHT], "hook_event_name": "ModGate"}
    answer = machine.hook("mod", **asked, caps=told["caps"])
    assert answer is not None
    assert "$1.20 of $1.00" in str(answer["deny"])
    assert answer["caps"] == {"month": NANO}


def test_a_person_who_takes_a_cap_away_is_believed(machine: Machine) -> None:
    """What the hand remembers is no more than what stands in the ledger, while there is one."""
    with closing(machine.ledger()) as db:
        limits.put(db, {"month": None}, 5)
    asked = {"flight": FLIGHT, "flights": [FLIGHT], "hook_event_name": "ModGate"}
    answer = machine.hook("mod", **asked, caps={"month": 1})
    assert answer is not None
    assert "deny" not in answer
    assert answer["caps"] == {}


def test_a_month_that_is_read_again_counts_whole(machine: Machine) -> None:
    """The limit is older than the ledger: what the transcripts bring in is past it."""
    other = Path(machine.env["HOME"]) / ".claude" / "projects" / "p"
    other.mkdir(parents=True)
    mine, machine.transcript = machine.transcript, other / f"{'b' * 8}{UUID[8:]}.jsonl"
    machine.call(4, session=machine.transcript.stem)
    machine.transcript = mine
    machine.call(0.1)
    broken(machine, nothing)
    hook, event = GATES["batch"]
    machine.hook(hook, **event)
    with closing(machine.ledger()) as db:
        catch_up.run(db, [str(other.parent)], int(time.time() * 1000), prices.load())
    assert "$4.10 of $1.00" in json.dumps(machine.hook(hook, **event))


@pytest.mark.parametrize("gate", ["batch", "stop", "Agent"])
def test_a_limit_whose_file_went_with_the_ledger_holds(
    machine: Machine, tmp_path: Path, gate: str
) -> None:
    """The session's prompt has left it in the client's own folder for the plugin, too."""
    machine.env["CLAUDE_PLUGIN_DATA"] = str(tmp_path / "plugin-data")
    assert machine.hook("user_prompt_submit", prompt="go") is None
    machine.call(1.2)
    broken(machine, nothing)
    shutil.rmtree(tmp_path / "config")
    hook, event = GATES[gate]
    assert "Monthly cap reached: $1.20 of $1.00" in json.dumps(machine.hook(hook, **event))


def test_a_folder_that_no_path_names_says_nothing(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository's file of that name is nobody's limit."""
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    (tmp_path / "repository" / limits.KEPT).write_text('{"month": 1}')
    machine.env["CLAUDE_PLUGIN_DATA"] = "."
    machine.call(0.2)
    broken(machine, nothing)
    shutil.rmtree(tmp_path / "config")
    hook, event = GATES["batch"]
    assert machine.hook(hook, **event) is None
