"""The situations of public reports that came out right, and stay so: transcripts and ledgers.

As `test_situations_right.py`. 29, parts of the ledger deleted in a running session, is
`test_ledger.py:test_a_ledger_deleted_in_mid_session`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_odd import Machine
from tests.faults.test_situations import command, words_of
from tests.faults.test_situations import machine as machine  # noqa: PLC0414
from tests.transcripts import SESSION, append, assistant, cost_state, usage, write

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

OPUS = "claude-opus-4-5"
NANO = 1_000_000_000


def forty_cents(name: str, **fields: Any) -> dict[str, Any]:
    """A call of $0.40."""
    used = usage(input_tokens=80_000, cache_read_input_tokens=0, output_tokens=0)
    used |= {"cache_creation_input_tokens": 0, "cache_creation": None}
    return assistant(f"msg_{name}", model=OPUS, used=used, uuid=name, **fields)


def spent(machine: Machine, month: str = "2026-11") -> float:
    """All dollars of that month."""
    said = command(machine, "costs", "--json", "--month", month).stdout
    return float(json.loads(said)["total_usd"])


@pytest.mark.parametrize("way", ["link", "mount"])
def test_23_one_directory_of_the_client_under_two_paths(machine: Machine, way: str) -> None:
    """Host and container import it, it grows, it is rebuilt: each call once, unlisted ones, too."""
    machine.settle()
    here, there = Path(machine.home, ".claude"), machine.place / "container" / ".claude"
    transcript = here / "projects" / "-p" / f"{SESSION}.jsonl"
    total = cost_state({OPUS: (240_000, 0, 1.2)})  # one of three calls is in no row
    write(transcript, forty_cents("a"), forty_cents("b"), total)
    before = []
    there.parent.mkdir()
    if way == "link":
        there.symlink_to(here)
    else:
        there.mkdir()
        before = [
            "unshare",
            "-m",
            "sh",
            "-c",
            f'mount --bind "{here}" "{there}" && exec "$@"',
            "sh",
        ]
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
            pytest.skip("nothing may be mounted here")
    for grown, place in enumerate((here, there, there, here)):
        machine.env["CLAUDE_CONFIG_DIR"] = str(place)
        for words in (["import"], ["rebuild"]):
            done = command(machine, *words, before=before)
            assert done.returncode == 0, done.stderr
            assert spent(machine) == pytest.approx(1.2 + 0.4 * grown)
        append(transcript, forty_cents(f"more{grown}", ts=f"2026-11-22T11:{grown:02}:00.000Z"))


def test_24_a_new_machine_with_the_old_one_s_ledger(machine: Machine) -> None:
    """Ledger and transcripts copied into another user's home: import and rebuild change nothing."""
    machine.settle()
    old = Path(machine.home)
    for name in ("11111111", "22222222"):
        session = f"{name}-2222-4333-8444-555555555555"
        path = old / ".claude" / "projects" / "-home-me-p" / f"{session}.jsonl"
        write(path, forty_cents(name, session=session), cost_state({OPUS: (160_000, 0, 0.8)}))
    assert command(machine, "import").returncode == 0
    before = spent(machine)
    machine.home = machine.env["HOME"] = str(machine.place / "new")
    shutil.copytree(old, machine.home)
    shutil.rmtree(old)
    for words in (["import"], ["rebuild"], ["import"]):
        done = command(machine, *words)
        assert done.returncode == 0, done.stderr
        assert spent(machine) == before > 0.7


NAMES = ("{} (conflicted copy)", "{} 2", "{}.sync-conflict-20261122-095316-ABCDEFG")


@pytest.mark.parametrize("first", ["copies", "own"])
def test_25_copies_that_a_synced_folder_left(machine: Machine, first: str) -> None:
    """A copy that is equal or a beginning, by any of the names, read before or after: once."""
    machine.settle()
    own, copies = [], []
    for number, (name, rows) in enumerate((name, rows) for name in NAMES for rows in (3, 5)):
        session = f"{number:08}-2222-4333-8444-555555555555"
        told = [forty_cents(f"{number}{call}", session=session) for call in range(5)]
        folder = Path(machine.home, ".claude", "projects", f"-p{number}")
        own.append(write(folder / f"{session}.jsonl", *told))
        copies.append(write(folder / f"{name.format(session)}.jsonl", *told[:rows]))
    for paths in (copies, own) if first == "copies" else (own, copies):
        assert command(machine, "import", *paths).returncode == 0
    for words in (["import"], ["rebuild"]):
        assert spent(machine) == pytest.approx(6 * 2.0)
        assert command(machine, *words).returncode == 0
    assert spent(machine) == pytest.approx(6 * 2.0)


# What a million tokens cost then: in, out, written to the cache, read from it.
RATES = {
    "claude-opus-4-1-20250805": (15, 75, 18.75, 1.5),
    "claude-opus-4-20250514": (15, 75, 18.75, 1.5),
    "claude-sonnet-4-20250514": (3, 15, 3.75, 0.3),
    "claude-3-7-sonnet-20250219": (3, 15, 3.75, 0.3),
    "claude-3-7-sonnet-latest": (3, 15, 3.75, 0.3),
    "claude-3-5-sonnet-20241022": (3, 15, 3.75, 0.3),
    "claude-3-5-sonnet-20240620": (3, 15, 3.75, 0.3),
    "claude-3-5-haiku-20241022": (0.8, 4, 1, 0.08),
    "claude-3-opus-20240229": (15, 75, 18.75, 1.5),
    "claude-3-haiku-20240307": (0.25, 1.25, 0.3, 0.03),
    "us.anthropic.claude-3-5-haiku-20241022-v1:0": (0.8, 4, 1, 0.08),
}
LONG = (6, 22.5, 7.5, 0.6)  # Sonnet 4 above 200,000 tokens


def of_2025(number: int, model: str, counts: tuple[int, int, int, int]) -> dict[str, Any]:
    """A row as those clients wrote it: a price of their own, no request, at times no message id."""
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens")
    message = {
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": "x"}],
        "stop_reason": "end_turn",
        "usage": dict(zip((*names, "cache_read_input_tokens"), counts, strict=True)),
    }
    return {
        "parentUuid": None,
        "isSidechain": number % 3 == 0,
        "userType": "external",
        "cwd": "/home/me/p",
        "sessionId": SESSION,
        "version": ("0.2.9", "0.2.126", "1.0.30")[number % 3],
        "type": "assistant",
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "timestamp": f"2025-09-10T09:53:{number:02}.303Z",
        "costUSD": 0.0123,
        "durationMs": 3000,
        "message": message | ({"id": f"msg_{number}"} if number % 2 else {}),
    }


def test_26_what_the_clients_of_2025_wrote(machine: Machine) -> None:
    """Every model at its list price of then, to the nano-dollar; what is no call costs nothing."""
    machine.settle()
    counts = (4_321, 987, 6_543, 21_098)
    told = [(model, counts, rates) for model, rates in RATES.items()]
    told.append(("claude-sonnet-4-20250514", (150_001, 987, 30_000, 20_000), LONG))
    rows: list[dict[str, Any]] = [{"type": "summary", "summary": "x", "leafUuid": "u"}]
    rows += [of_2025(number, model, used) for number, (model, used, _) in enumerate(told)]
    rows.append(of_2025(len(rows), "<synthetic>", (0, 0, 0, 0)))
    write(Path(machine.home, ".claude", "projects", "-p", f"{SESSION}.jsonl"), *rows)
    assert command(machine, "import").returncode == 0
    nano = sum(
        round(count * rate * 1000)
        for _, used, rates in told
        for count, rate in zip(used, rates, strict=True)
    )
    assert round(spent(machine, "2025-09") * NANO) == nano


@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGHUP, -1)]
)
def test_27_an_import_that_is_interrupted(machine: Machine, by: signal.Signals, code: int) -> None:
    """At its start and between two of its stretches; the next one completes it, nothing twice."""
    machine.settle()
    files, calls = 1_700, 3
    for number in range(files):
        session = f"{number:08}-2222-4333-8444-555555555555"
        rows = [forty_cents(f"{number}_{call}", session=session) for call in range(calls)]
        path = Path(machine.home, ".claude", "projects", f"-p{number % 9}", f"{session}.jsonl")
        write(path, *rows)
    ledger = Path(machine.home, ".local", "share", "cheaproute", "ledger.db")
    assert interrupted(machine, by, ledger.exists) == code
    assert interrupted(machine, by, lambda: count(ledger) > 0) == code
    assert 0 < count(ledger) < files * calls
    assert command(machine, "import").returncode == 0
    assert count(ledger) == files * calls
    assert spent(machine) == pytest.approx(0.4 * files * calls)
    assert command(machine, "ledger", "check").returncode == 0


def interrupted(machine: Machine, by: signal.Signals, due: Any) -> int:
    """The exit code of an import that is sent the signal as soon as `due` says so."""
    # Whoever started the tests may have them ignore signals (`nohup`), and so this, too.
    words = ["env", "--default-signal", *words_of(machine, "import")]
    with subprocess.Popen(
        words, env=machine.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        while running.poll() is None and not due():
            time.sleep(0.002)
        running.send_signal(by)
        assert running.stdout
        assert "Traceback" not in running.stdout.read()
    return running.returncode


def count(ledger: Path) -> int:
    """How many calls are in it; 0 where it is none yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM call").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_28_very_many_small_files(machine: Machine) -> None:
    """20,000 transcripts are imported; a gate counts a session of 4,000 subagents in its time."""
    machine.settle()
    projects = Path(machine.home, ".claude", "projects")
    for number in range(20_000):
        session = f"{number:08}-2222-4333-8444-555555555555"
        row = forty_cents(str(number), session=session, ts="2026-10-22T09:53:16.303Z")
        write(projects / f"-p{number % 50}" / f"{session}.jsonl", row)
    for calls in (20_000, 0):
        done = command(machine, "import", "--json")
        assert json.loads(done.stdout)["calls"] == calls, done.stdout
    machine.hook("session_start", "SessionStart", source="startup")
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(machine.now))
    of_agents = {"session": SESSION, "isSidechain": True, "ts": now}
    for number in range(4_000):
        row = forty_cents(f"s{number}", agentId=f"a{number}", **of_agents)
        write(machine.transcripts / SESSION / "subagents" / f"agent-a{number}.jsonl", row)
    machine.spend()
    stopped = machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    assert stopped.get("continue") is False, machine.story
    assert spent(machine, "2026-10") == pytest.approx(0.4 * 20_000)
    assert spent(machine, now[:7]) == pytest.approx(0.4 * 4_000 + 4, abs=0.01)
