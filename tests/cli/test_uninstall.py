"""Taking it away again."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.cli import uninstall as cli
from cheaproute.config import changes
from tests import ledgers
from tests.conftest import ROOT
from tests.faults.box import Box
from tests.faults.conftest import box as box  # noqa: PLC0414
from tests.ledgers import TODAY


def uninstall(box: Box, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `cheaproute uninstall`."""
    return subprocess.run(
        [sys.executable, "-m", "cheaproute", "uninstall", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        env=box.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def left(box: Box) -> set[str]:
    """What is in the data directory."""
    return set(os.listdir(box.data)) if box.data.exists() else set()


@pytest.mark.parametrize("purge", [False, True])
def test_command_and_installer_promise_the_same(purge: bool) -> None:
    """Two languages say what goes: the installer has to where no Python is left."""
    with open(os.path.join(ROOT, "install.sh"), encoding="utf-8") as file:
        installer = file.read().replace("\\`", "`")
    goes, stays = cli.what(purge=purge)
    rest, _, kept = stays.partition(": ")
    assert all(said in installer for said in (f'"{goes}"', f"rest='{rest}'", f'"$rest: {kept}"'))


def test_the_ledger_stays(box: Box) -> None:
    """What was made goes; what was counted stays, and a later install goes on with it."""
    (box.data / "venv-1").mkdir()
    (box.data / "environment.failed").write_text("x")
    (box.data / "mine.txt").write_text("the user's own")
    done = uninstall(box, "--yes")
    assert done.returncode == 0, done.stderr
    assert {"ledger.db", "mine.txt"} <= left(box)
    assert not {"venv-1", "environment.failed", "interpreter"} & left(box)
    assert box.exact()


def test_purged_nothing_of_ours_is_left(box: Box) -> None:
    """Ledger, log and settings go, too; what is not ours does not."""
    (box.data / "cheaproute.log").write_text("x")
    (box.data / "mine.txt").write_text("the user's own")
    (box.data / "passes").mkdir()
    (box.data / "leaves_ended").write_text("")
    config = box.home / ".config" / "cheaproute"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("")
    (config / "caps.json").write_text("{}")
    done = uninstall(box, "--purge", "--yes")
    assert done.returncode == 0, done.stderr
    assert left(box) == {"mine.txt"}
    assert not config.exists()


def test_what_cannot_go_yet_is_named_and_a_second_run_finishes(box: Box, tmp_path: Path) -> None:
    """Beside a session that builds the environment: the rest goes, and it says how to go on."""
    (box.data / "venv-1").mkdir(parents=True)
    tools = tmp_path / "tools"
    tools.mkdir()
    remover = tools / "rm"
    remover.write_text(
        '#!/bin/sh\ncase "$*" in *venv-1*) echo "rm: not empty" >&2; exit 1 ;; esac\n'
        'exec /bin/rm "$@"\n'
    )
    remover.chmod(0o755)
    path = box.env["PATH"]
    box.env["PATH"] = f"{tools}:{path}"
    done = uninstall(box, "--purge", "--yes")
    assert done.returncode == 1
    assert "install.sh --uninstall --purge --yes" in done.stderr
    assert left(box) == {"venv-1"}
    box.env["PATH"] = path
    assert uninstall(box, "--purge", "--yes").returncode == 0
    assert not box.data.exists()


def test_what_a_purge_destroys_is_said(ledger: sqlite3.Connection) -> None:
    """How many calls of how many months, what they cost; nothing of an empty ledger."""
    assert cli.lost(os.environ) == ""
    for n, day in enumerate((TODAY, TODAY - 40, TODAY - 41)):
        ledgers.add_call(ledger, f"m{n}", day)
    said = " ".join(cli.lost(os.environ).split())
    assert "3 calls of 2 months in it (since 2026-10-12, $3.00)" in said
    assert "cannot be counted again" in said


def test_where_nobody_can_be_asked_nothing_goes(box: Box) -> None:
    """A script without --yes takes nothing away, and says what to add."""
    before = left(box)
    for words in ([], ["--purge"]):
        done = uninstall(box, *words)
        assert done.returncode == 1
        assert "--yes" in done.stderr
        assert left(box) == before


def test_a_session_that_still_runs_goes_on(box: Box, tmp_path: Path) -> None:
    """Its hooks find nothing and say nothing; the next one to count begins a new ledger."""
    uninstall(box, "--purge", "--yes")
    box.env["PATH"] = f"{tmp_path}/bin:/usr/bin:/bin"
    (tmp_path / "bin").mkdir()
    os.symlink(os.path.realpath(sys.executable), tmp_path / "bin" / "python3.11")
    assert box.hook("stop") is None


def test_it_begins_with_what_the_plan_wrote(box: Box) -> None:
    """Claude Code's settings are as they were, byte for byte; what was changed since is named."""
    settings = box.home / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    before = b'{"theme":\t"dark"}'
    settings.write_bytes(before)
    changes.make(box.env, "plan", str(settings), b'{"autoCompactWindow": 150000}', 1)
    done = uninstall(box, "--yes")
    assert done.returncode == 0, done.stderr
    assert settings.read_bytes() == before
    changes.make(box.env, "plan", str(settings), b'{"autoCompactWindow": 150000}', 2)
    settings.write_bytes(b'{"mine": 1}')
    done = uninstall(box, "--yes")
    assert done.returncode == 0, done.stderr
    assert "settings.json was changed since" in done.stderr
    assert settings.read_bytes() == b'{"mine": 1}'


def test_who_says_no_keeps_the_plan(box: Box) -> None:
    """It asks before it takes anything back; the end of input is no yes."""
    settings = box.home / ".claude" / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text('{"model": "opus"}')
    changes.make(box.env, "plan", str(settings), b'{"model": "sonnet"}', 1)
    for answer in (b"n\n", b"\x04"):
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "cheaproute", "uninstall"]
        asked = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=box.env,
        )
        os.close(slave)
        os.write(master, answer)
        said = asked.communicate(timeout=60)[0].decode()
        os.close(master)
        assert asked.returncode == 1, said
        assert "nothing was removed" in said
        assert settings.read_text() == '{"model": "sonnet"}'
