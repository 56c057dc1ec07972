"""What can go wrong around a session leaves the session alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine, Result

EVENTS = sorted(
    name.removesuffix(".py")
    for name in os.listdir(os.path.join(ROOT, "hooks"))
    if name.endswith(".py") and name != "statusline.py"
)


def test_sessions_in_parallel_keep_one_exact_ledger(machine: Machine, api: Api) -> None:
    """Two sessions that write at the same time lose no call and count none twice."""
    many = [Reply("", [scripts.bash(f"echo {n}")]) for n in range(6)]
    api.script = scripts.turns(*many, Reply("Done."))
    results: list[Result] = []

    def session() -> None:
        results.append(machine.run("go"))

    threads = [threading.Thread(target=session) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.text for result in results] == ["Done."] * 2
    assert len(api.calls) == 14
    costs = machine.costs()
    assert costs["total_usd"] == pytest.approx(sum(r.cost_usd for r in results), abs=1e-6)
    assert costs["by_model"][0]["messages"] == 14


def test_no_python_at_all(bare: Machine, api: Api, tmp_path: Path) -> None:
    """The session goes on; the command line says what is missing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "ls", "readlink", "env", "bash", "git"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    api.script = scripts.turns(Reply("", [scripts.bash("echo 1")]), Reply("Done."))
    result = bare.run("go", PATH=str(tools))
    assert (result.code, result.text, result.stderr) == (0, "Done.", "")
    assert not os.path.exists(bare.data)
    done = bare.cheaproute("doctor", PATH=str(tools))
    assert done.returncode == 1
    assert "no Python 3.11 or newer found" in done.stderr


def test_a_data_directory_that_cannot_be_written(machine: Machine, api: Api) -> None:
    """The session goes on, says once that nothing can be kept, and doctor names the place."""
    blocked = machine.write("file", "")
    api.script = scripts.turns(Reply("", [scripts.bash("echo 1")]), Reply("Done."))
    result = machine.run("go", CHEAPROUTE_HOME=blocked)
    assert (result.code, result.text) == (0, "Done.")
    (said,) = result.stderr.splitlines()
    assert f"[cheaproute] New calls could not be counted ({blocked}/ledger.db: " in said
    done = machine.cheaproute("doctor", "--json", CHEAPROUTE_HOME=blocked)
    assert done.returncode == 1
    faults = [f for f in json.loads(done.stdout)["findings"] if f["level"] == "fault"]
    assert any(fault["where"].startswith(blocked) for fault in faults)


@pytest.mark.long
def test_a_broken_ledger(machine: Machine, api: Api) -> None:
    """A ledger that is no database: the session goes on and says so; doctor and log have it."""
    machine.write(f"{machine.data}/ledger.db", "not a database " * 500)
    api.script = scripts.turns(Reply("", [scripts.bash("echo 1")]), Reply("Done."))
    result = machine.run("go")
    assert (result.code, result.text) == (0, "Done.")
    (said,) = result.stderr.splitlines()
    assert said.startswith("[cheaproute] New calls could not be counted (")
    done = machine.cheaproute("doctor", "--json")
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert any("not a database" in f["what"] and f["level"] == "fault" for f in findings)
    assert any("errors in the last 7 days" in f["what"] for f in findings)


def test_a_row_that_is_half_written_counts_once_it_is_whole(machine: Machine, api: Api) -> None:
    """A hook that meets half a row leaves it for the next one."""
    api.script = scripts.turns(Reply("", [scripts.bash("echo 1")]), Reply("Done."))
    result = machine.run("go", CHEAPROUTE_DISABLE="1")
    path = machine.transcript(result.session)
    whole = Path(path).read_bytes()
    event = {"hook_event_name": "Stop", "session_id": result.session, "transcript_path": path}
    Path(path).write_bytes(whole[: whole.rindex(b'"type":"assistant"')])
    hook(machine, "stop", json.dumps(event).encode())
    assert machine.costs()["total_usd"] == pytest.approx(result.cost_usd / 2, abs=1e-6)
    Path(path).write_bytes(whole)
    for _ in range(2):
        hook(machine, "stop", json.dumps(event).encode())
    assert machine.costs()["total_usd"] == pytest.approx(result.cost_usd, abs=1e-6)


def test_what_is_no_event_is_silence(bare: Machine) -> None:
    """Each hook, given nothing or rubbish, exits 0 and says nothing."""
    bare.write(f"{bare.data}/interpreter", f"{sys.base_prefix}/bin/python3\n")
    for event in EVENTS:
        hook(bare, event, b"")
    for raw in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}" * 3, b"{}"):
        hook(bare, "pre_tool_use", raw)


def test_a_transcript_that_is_missing_is_silence(bare: Machine) -> None:
    """Every event may come before its transcript does."""
    bare.write(f"{bare.data}/interpreter", f"{sys.base_prefix}/bin/python3\n")
    for event in set(EVENTS) - {"session_start"}:
        body = {"hook_event_name": event, "session_id": "s", "transcript_path": "/none/s.jsonl"}
        hook(bare, event, json.dumps(body).encode())


def hook(machine: Machine, event: str, raw: bytes) -> None:
    """One hook call, seen to be silent and to exit with 0."""
    done = subprocess.run(
        [os.path.join(ROOT, "hooks", "run"), event],
        env=machine.env,
        input=raw,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), event
