"""Situations of public reports that came out wrong once, from outside: hooks and commands alone.

The numbers are those of the list of reports. They know nothing of the code's inside, so that they
can be run on an older plugin, too: `CHEAPROUTE_TEST_PLUGIN=DIR` before `pytest`, and this file.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults import pythons, shims
from tests.faults.box import PLUGIN, open_to_all
from tests.faults.test_odd import BASE, Machine, live
from tests.transcripts import assistant, usage

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

SYSTEM_PYTHON = "/usr/bin/python3.11"
NOBODY = 54_321
BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from cheaproute.cli.main import main; sys.exit(main())"
)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine with the plugin that is looked at."""
    with open_to_all() as place:
        made = Machine(place)
        made.plugin = PLUGIN
        yield made


def words_of(machine: Machine, *words: str) -> list[str]:
    """What starts the command line in a Python that has the libraries."""
    return [sys.executable, "-I", "-X", "utf8", "-c", BOOT, machine.plugin, *words]


def command(
    machine: Machine, *words: str, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """The command line, started by `before`; no traceback, no bug."""
    done = subprocess.run(
        [*before, *words_of(machine, *words)],
        env=machine.env,
        cwd=machine.project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert "bug" not in said, said
    return done


def dollars(place: Path, name: str, *, now: float = 0) -> None:
    """A transcript of one call of $4."""
    place.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now or time.time()))
    used = usage(input_tokens=800_000, cache_read_input_tokens=0, output_tokens=1)
    session = f"{name}-2222-4333-8444-555555555555"
    row = assistant(f"msg_{name}", model="claude-opus-4-5", ts=stamp, used=used, session=session)
    (place / f"{session}.jsonl").write_text(json.dumps(row) + "\n")


def test_01_the_newest_python_has_no_sqlite(machine: Machine) -> None:
    """The whole one behind it is taken: the cap holds, and commands work."""
    behind = machine.place / "behind"
    behind.mkdir()
    less = pythons.own(machine.place / "less", BASE, "_sqlite3")
    less.rename(less.with_name("python3.13"))
    (behind / "python3.11").symlink_to(BASE)
    machine.baked = False
    machine.env["PATH"] = f"{less.parent}:{behind}:/usr/bin:/bin"
    live(machine)


def test_03_a_home_without_locks(machine: Machine) -> None:
    """Said at the session's start with its cure; the next hooks do not wait for it anew."""
    library = shims.built(machine.place, "LOCKS", "EVERYWHERE")
    machine.settle()
    machine.env["LD_PRELOAD"] = library
    begun = time.monotonic()
    said = machine.hook("session_start", "SessionStart", source="startup")
    first = time.monotonic() - begun
    assert "locks do not work" in str(said), machine.story
    begun = time.monotonic()
    machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    assert time.monotonic() - begun < max(2, first), machine.story
    assert "rebuild" not in machine.run("bin/cheaproute", "doctor").stdout.decode()


@pytest.mark.parametrize(
    "env",
    [
        {"ALL_PROXY": "socks5://127.0.0.1:9"},
        {"NO_PROXY": "fd07:b51a:cc66:f0::/64,[::1]"},
        {"SSL_CERT_FILE": "/gone/cacert.pem"},
        {"HTTPS_PROXY": "http://[::1"},
    ],
)
def test_04_what_a_vpn_or_conda_left(machine: Machine, env: dict[str, str]) -> None:
    """A call that cannot be made is one line that is no bug."""
    machine.settle()
    key = {"ANTHROPIC_API_KEY": "sk-ant-x", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    machine.env |= {**key, **env}
    done = command(machine, "ping")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "doctor" not in done.stderr, done.stderr


def test_07_a_tilde_that_nobody_expanded(machine: Machine) -> None:
    """Nothing is written below the project; settings are found, and the cap holds."""
    machine.env |= {"XDG_DATA_HOME": "~/.local/share", "XDG_CONFIG_HOME": "~/.config"}
    live(machine)


def test_10_transcripts_that_cannot_be_read(machine: Machine) -> None:
    """Said with their number, and doctor or the log tells of it; the rest counts."""
    if os.getuid() or not os.path.exists(SYSTEM_PYTHON):
        pytest.skip("only root can make another user's files")
    machine.settle()
    projects = Path(machine.home, ".claude", "projects", "-p")
    for name in ("11111111", "22222222"):
        dollars(projects, name)
    (projects / "22222222-2222-4333-8444-555555555555.jsonl").chmod(0o600)
    mine = [machine.place, *machine.place.rglob("*")]
    for path in mine:
        if not path.name.startswith("22222222") and not path.is_symlink():
            os.chown(path, NOBODY, NOBODY)
    done = subprocess.run(
        [SYSTEM_PYTHON, "-I", "-c", BOOT, machine.plugin, "import"],
        env={"HOME": machine.home, "PATH": "/usr/bin:/bin"},
        cwd=machine.project,
        user=NOBODY,
        group=NOBODY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 could not be read" in done.stderr, done.stdout + done.stderr


def test_11_an_environment_whose_python_does_not_start(machine: Machine) -> None:
    """Commands go on with another Python."""
    machine.settle()
    venv = Path(machine.home, ".local", "share", "cheaproute", "venv")
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("#!/bin/sh\nexit 127\n")
    (venv / "bin" / "python").chmod(0o755)
    (venv / "ready.json").write_text("{}")
    for words in (["costs"], ["doctor"], ["cap"]):
        assert machine.run("bin/cheaproute", *words).returncode in (0, 1), machine.story


def test_11_a_running_session_whose_python_breaks(machine: Machine) -> None:
    """The next hook sees that a library has gone, and goes on with another Python."""
    lib = machine.place / "libgone.so"
    lib.write_text("")
    broken = machine.place / "python"
    broken.write_text(f'#!/bin/sh\n[ -e "{lib}" ] || exit 127\nexec {BASE} "$@"\n')
    broken.chmod(0o755)
    machine.settle()
    baked = Path(machine.home, ".local", "share", "cheaproute", "interpreter")
    baked.write_text(f"{broken}\n{lib}\n")
    machine.spend()
    lib.unlink()
    stopped = machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    assert stopped.get("continue") is False, machine.story


def test_12_a_locale_that_is_not_utf8(machine: Machine) -> None:
    """Transcripts below a home with letters beyond ASCII are found as under UTF-8."""
    made = subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(machine.place / "en_US.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if not (machine.place / "en_US.ISO-8859-1").exists():
        pytest.skip(f"no such locale: {made.stderr.decode()[:80]}")
    machine.env |= {"LC_ALL": "en_US.ISO-8859-1", "LOCPATH": str(machine.place)}
    machine.home = str(machine.place / "josé")
    machine.transcripts = Path(machine.home) / "projects"
    Path(machine.home).mkdir()
    live(machine)


def test_13_an_older_copy_over_an_open_ledger(machine: Machine) -> None:
    """Doctor survives it, and says what is wrong."""
    machine.settle()
    machine.spend()
    machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    ledger = Path(machine.home, ".local", "share", "cheaproute", "ledger.db")
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = "SELECT rootpage FROM sqlite_master WHERE tbl_name IN ('dispatch', 'agent_run')"
        roots = [row[0] for row in db.execute(found)]
    with ledger.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    said = machine.run("bin/cheaproute", "doctor").stdout.decode()
    assert "hooks answer" in said, machine.story
    assert "rebuild" in said, machine.story


def test_16_a_home_that_cannot_be_written(machine: Machine) -> None:
    """The session's start says in one line that nothing is counted."""
    machine.home, machine.odd = "/proc", "a_home_that_cannot_be_written"
    live(machine)


def test_17_transcripts_of_2025(machine: Machine) -> None:
    """Below ~/.config/claude they are read, too."""
    machine.settle()
    dollars(Path(machine.home, ".claude", "projects", "-p"), "11111111")
    dollars(Path(machine.home, ".config", "claude", "projects", "-p"), "22222222")
    assert json.loads(command(machine, "import", "--json").stdout)["calls"] == 2


def test_18_two_ledgers_are_noticed(machine: Machine) -> None:
    """A variable in the shell alone: doctor names the second ledger."""
    machine.settle()
    machine.spend()
    machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    machine.env["CHEAPROUTE_HOME"] = str(machine.place / "other")
    assert "two ledgers" in machine.run("bin/cheaproute", "doctor").stdout.decode()
