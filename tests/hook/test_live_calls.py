"""A session that runs while the ledger begins anew: its calls are no history."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import limits, reservations
from cheaproute.hook import history
from cheaproute.ledger import meta
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.query import coverage
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import catch_up
from cheaproute.money import NANO
from cheaproute.usage import prices
from tests.hook.mod.test_questions import FLIGHT
from tests.hook.test_gate import UUID, Machine
from tests.hook.test_gates_hold import GATES

OTHER = f"{'b' * 8}{UUID[8:]}"
THIRD = f"{'c' * 8}{UUID[8:]}"


@pytest.fixture(params=["config", "option"])
def machine(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Machine:
    """No ledger yet, and a cap of $1 that nobody set by command: each new ledger dates it anew."""
    monkeypatch.setattr("cheaproute.hook.gate._PATIENCE_S", 0.01)
    monkeypatch.setattr("cheaproute.config.venv.spawn.start", lambda *_: False)
    machine = Machine(tmp_path)
    lost(machine)
    if request.param == "config":
        (machine.data / "config.toml").write_text("[cap]\nmonth_usd = 1\n")
    else:
        machine.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"] = "1"
        machine.env["CLAUDE_PLUGIN_DATA"] = "/x/cheaproute-inline"
    place = tmp_path / ".claude" / "projects" / "p"
    place.mkdir(parents=True)
    machine.transcript = place / f"{UUID}.jsonl"
    return machine


def lost(machine: Machine) -> None:
    """The ledger is gone."""
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (machine.data / name).unlink(missing_ok=True)


def spends(machine: Machine, dollars: float, session: str = UUID) -> None:
    """A call of `session` in its own transcript."""
    machine.transcript = machine.transcript.parent / f"{session}.jsonl"
    machine.call(dollars, session)
    machine.transcript = machine.transcript.parent / f"{UUID}.jsonl"


def read_whole(machine: Machine) -> None:
    """Another session starts: the month is read in the background, and whole by then."""
    time.sleep(0.002)
    now_ms = int(time.time() * 1000)
    with closing(machine.ledger()) as db:
        catch_up.begin(db, now_ms)
        catch_up.run(db, [str(machine.transcript.parent)], now_ms, prices.load())


def gate(machine: Machine, name: str, session: str = UUID) -> dict[str, Any]:
    """What the session's gate answers."""
    path = machine.transcript.parent / f"{session}.jsonl"
    if name == "mod":
        event: dict[str, object] = {
            "flight": FLIGHT, "flights": [FLIGHT], "hook_event_name": "ModGate"
        }  # fmt: skip
        hook = "mod"
    else:
        hook, event = GATES[name]
    return machine.hook(hook, **event, session_id=session, transcript_path=str(path)) or {}


ALL = ["prompt", "batch", "stop", "subagent", "Agent", "compact", "mod"]


@pytest.mark.parametrize("name", ALL)
def test_a_call_counted_before_any_session_start_is_no_history(machine: Machine, name: str) -> None:
    """Installed into a running session, or the ledger deleted: it counts once all is read, too."""
    spends(machine, 1.2)
    gate(machine, name)
    read_whole(machine)
    assert "cap reached: $1.20 of $1.00" in json.dumps(gate(machine, name))


@pytest.mark.parametrize("name", ALL)
def test_nor_one_that_the_background_counted_first(machine: Machine, name: str) -> None:
    """The month was whole before the running session met its first gate."""
    spends(machine, 1.2)
    spends(machine, 0.1, OTHER)
    machine.hook("session_start", session_id=THIRD, source="startup")
    read_whole(machine)
    assert "cap reached" in json.dumps(gate(machine, name))


def test_a_ledger_deleted_again_and_again_gives_nothing_back(machine: Machine) -> None:
    """Each time the cap is as old as the ledger; the session's calls are older and count."""
    machine.hook("session_start", source="startup")
    spends(machine, 0.7)
    assert "cap reached" not in json.dumps(gate(machine, "batch"))
    for _ in range(3):
        lost(machine)
        read_whole_with_another_start(machine)
        spends(machine, 0.4)
        assert "cap reached" in json.dumps(gate(machine, "batch"))


def read_whole_with_another_start(machine: Machine) -> None:
    """As `read_whole`, with the start's own hook."""
    machine.hook("session_start", session_id=THIRD, source="startup")
    read_whole(machine)


def test_all_sessions_that_run_count(machine: Machine) -> None:
    """Two of them, neither past the cap alone."""
    spends(machine, 0.6)
    spends(machine, 0.5, OTHER)
    read_whole(machine)
    gate(machine, "batch")
    assert "cap reached: $1.10 of $1.00" in json.dumps(gate(machine, "batch", OTHER))
    assert "cap reached: $1.10 of $1.00" in json.dumps(gate(machine, "batch"))


def test_what_others_spent_before_stays_history(machine: Machine) -> None:
    """Sessions that are over fill no cap alone, beside one that runs; that one's calls do."""
    spends(machine, 34, OTHER)
    spends(machine, 0.4)
    gate(machine, "batch")
    read_whole(machine)
    assert "cap reached" not in json.dumps(gate(machine, "batch"))
    spends(machine, 0.7)
    said = json.dumps(gate(machine, "batch"))
    assert "cap reached: $1.10 of $1.00 (besides $34.00 before the cap was set)" in said


@pytest.mark.parametrize("source", ["startup", "resume"])
def test_a_session_whose_start_was_seen_has_a_history(machine: Machine, source: str) -> None:
    """An old session is resumed with the plugin new: what it cost before does not shut the cap."""
    spends(machine, 34)
    machine.hook("session_start", source=source)
    read_whole(machine)
    assert "cap reached" not in json.dumps(gate(machine, "prompt"))
    spends(machine, 1.1)
    said = json.dumps(gate(machine, "batch"))
    assert "cap reached: $1.10 of $1.00 (besides $34.00 before the cap was set)" in said


def test_a_compaction_begins_no_session(machine: Machine) -> None:
    """The start that the client tells of after it makes no history of the session's calls."""
    spends(machine, 1.2)
    machine.hook("session_start", source="compact")
    read_whole(machine)
    assert "cap reached: $1.20 of $1.00" in json.dumps(gate(machine, "batch"))


def test_while_the_month_is_read_nothing_rests_on_what_there_is_of_it(machine: Machine) -> None:
    """A part of the history is in: no block and no alert by it; what is spent meanwhile counts."""
    machine.hook("session_start", source="startup")
    spends(machine, 34, OTHER)
    spends(machine, 0.01)
    now_ms = int(time.time() * 1000)
    with closing(machine.ledger()) as db:
        meta.put(db, coverage.READING_MS, str(now_ms))
        path = str(machine.transcript.parent / f"{OTHER}.jsonl")
        ingest.meter(db, path, now_ms, prices.load())
        db.execute("UPDATE call SET ts_ms = ts_ms - 5000")  # rows tell whole seconds
    assert gate(machine, "prompt") == {}
    assert gate(machine, "stop") == {}
    with closing(machine.ledger()) as db:
        catch_up.whole(db, now_ms)
    said = [json.dumps(gate(machine, "stop")) for _ in range(3)]
    wanted = "of it since the cap was set"
    assert [wanted in one for one in said] == [True, False, False]
    assert "continue" not in said[0]


def test_while_the_month_is_read_the_session_is_held(machine: Machine) -> None:
    """What is spent since the cap was set stops it before the month is whole."""
    machine.hook("session_start", source="startup")
    with closing(machine.ledger()) as db:
        meta.put(db, coverage.READING_MS, str(int(time.time() * 1000)))
    time.sleep(1.1)  # rows tell whole seconds
    spends(machine, 1.2)
    assert "cap reached: $1.20 of $1.00" in json.dumps(gate(machine, "batch"))


def test_the_module_names_no_install(machine: Machine, tmp_path: Path) -> None:
    """Its questions carry the option alone: it is the installed one's, no word against a command's.

    Else the month that was read would count as if the user had answered, and `cap set` be undone.
    """
    machine.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"] = "18"
    machine.env["CLAUDE_PLUGIN_DATA"] = "/x/cheaproute-cheaproute"
    option = {"pluginConfigs": {"cheaproute@cheaproute": {"options": {"monthly_cap_usd": 18}}}}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(option))
    machine.hook("session_start", source="startup")
    with closing(machine.ledger()) as db:
        limits.put(db, {"month": 40 * NANO}, int(time.time() * 1000))
    del machine.env["CLAUDE_PLUGIN_DATA"]
    gate(machine, "mod")
    with closing(machine.ledger()) as db:
        assert limits.limits(db, {"month": "month:x"})["month"].nano == 40 * NANO


def test_the_reading_in_the_background_waits_for_whoever_writes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook gives up after a moment; nobody waits for this one, and nothing goes on with it."""
    monkeypatch.setattr("cheaproute.ledger.transactions.WAIT_S", 0.05)
    for name in ("STALL_S", "AGAIN_S", "PATIENCE_S"):
        monkeypatch.setattr(f"cheaproute.hook.context.{name}", 0.05)
    for name, value in machine.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delattr("os.nice")
    spends(machine, 3)
    with closing(machine.ledger()) as other, Immediate(other):
        reading = threading.Thread(target=history.catch_up)
        reading.start()
        reading.join(0.5)
        waited = reading.is_alive()
    reading.join()
    assert waited
    assert machine.spent() == pytest.approx(3)
    assert not (machine.data / "cheaproute.log").exists()


@pytest.mark.parametrize("killed", [True, False])
def test_what_a_killed_client_wrote_last_counts_before_the_next_session_spends(
    machine: Machine, killed: bool
) -> None:
    """It had something set aside as it was killed; one that lives tells of its calls itself."""
    spends(machine, 0.4, OTHER)
    gate(machine, "batch", OTHER)
    spends(machine, 0.7, OTHER)
    with subprocess.Popen(["sleep", "60"]) as client:
        with closing(machine.ledger()) as db:
            session = db.execute("SELECT id FROM session WHERE uuid = ?", (OTHER,)).fetchone()[0]
            now_ms = int(time.time() * 1000)
            reservations.hold(db, 1, "request", now_ms, session_id=session, pid=client.pid)
        if killed:
            client.kill()
            client.wait()
        machine.hook("session_start", session_id=THIRD, source="startup")
        client.kill()
    with closing(machine.ledger()) as db:
        (nano,) = db.execute("SELECT sum(cost_nano) FROM call").fetchone()
    assert nano / NANO == (1.1 if killed else 0.4)
