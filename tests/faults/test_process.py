"""What can be wrong around the hook's process: pipes, limits, homes, the plugin's own files."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults.box import HOOKS, Box, plugin_copy

SPOKEN = ("session_start", "user_prompt_submit")  # hooks whose lines a user is shown


def test_stdin_that_never_closes(box: Box) -> None:
    """Every hook ends by itself before the client's timeout, and the log says what happened."""
    begin = time.monotonic()
    hook = box.start("stop")
    assert hook.stdin is not None
    hook.stdin.write(box.event("stop")[:-1])
    hook.stdin.flush()
    assert hook.wait(15) == 0
    assert time.monotonic() - begin < 10
    for pipe in (hook.stdin, hook.stdout, hook.stderr):
        assert pipe is not None
        pipe.close()
    assert "stop: TimeoutError: gave up" in box.log()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("hook", ["pre_tool_use", "session_start"])
def test_streams_that_are_not_there(box: Box, hook: str, closed: str) -> None:
    """A client that closed stdin, stdout or stderr is no reason to fail."""
    command = f'printf %s "$2" | "$1" {hook} {closed}; exit ${{PIPESTATUS:-$?}}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", f"{ROOT}/hooks/run", box.event(hook).decode()],
        env=box.env,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    box.call_api()
    box.hook("post_tool_batch")
    assert box.exact()


def test_a_stdin_that_was_left_non_blocking(box: Box) -> None:
    """An event that is not there yet is waited for, not taken for none."""
    box.call_api()
    ours, theirs = socket.socketpair()
    os.set_blocking(theirs.fileno(), False)
    with ours:
        with theirs:
            command = [os.path.join(ROOT, "hooks", "run"), "post_tool_batch"]
            hook = subprocess.Popen(command, stdin=theirs.fileno(), env=box.env, cwd=box.project)
        with pytest.raises(subprocess.TimeoutExpired):
            hook.wait(0.3)
        ours.sendall(box.event("post_tool_batch"))
    assert hook.wait(30) == 0
    assert box.exact()


@pytest.mark.parametrize("limits", ["-n 16", "-n 12", "-v 80000", "-v 40000", "-f 0", "-s 256"])
def test_limits(box: Box, limits: str) -> None:
    """Few files, little memory, no file growth, a small stack: silence, and nothing lost."""
    box.call_api()
    for hook in ("post_tool_batch", "pre_tool_use", "stop"):
        process = box.start(hook, limits)
        _, err = process.communicate(box.event(hook), timeout=30)
        # Below some limit the system cannot start Python at all; 2 is the one code that blocks.
        assert process.returncode == 0 or (process.returncode in (1, 127) and err)
    box.hook("post_tool_batch")
    assert box.exact()


@pytest.mark.parametrize("home", [None, "", "relative", "/nonexistent/home", "/dev/null"])
def test_no_home(box: Box, home: str | None) -> None:
    """HOME unset, empty, relative, gone or no directory: the session goes on."""
    del box.env["HOME"]
    if home is not None:
        box.env["HOME"] = home
    # What the launcher would otherwise have to search for.
    box.env["PATH"] = os.path.dirname(os.path.realpath(sys.executable)) + ":/usr/bin:/bin"
    box.env["CHEAPROUTE_HOME"] = str(box.data)
    for hook in HOOKS:
        box.hook(hook)
    del box.env["CHEAPROUTE_HOME"]
    box.env["XDG_DATA_HOME"] = str(box.home / "xdg")
    for hook in ("user_prompt_submit", "stop"):
        assert box.hook(hook) is None


def test_another_users_data_directory(box: Box) -> None:
    """A data directory that belongs to somebody else is not written to, and doctor names it."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(box.data, 12_345, -1)
    before = sorted(path.name for path in box.data.iterdir())
    box.call_api()
    for hook in ("post_tool_batch", "stop", "user_prompt_submit"):
        answer = box.hook(hook)
        assert answer is None or "could not be counted" in answer["systemMessage"]
    after = {path.name for path in box.data.iterdir()} - {"cheaproute.log"}
    assert after <= set(before)
    assert (box.data / "cheaproute.log").stat().st_uid == 12_345
    assert "belongs to another user" in box.doctor()
    os.chown(box.data, os.geteuid(), -1)
    box.hook("stop")
    assert box.exact()


def test_the_clock_set_back(box: Box) -> None:
    """A ledger that was written in what is now the future works, and is exact."""
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        ahead = (time.time_ns() // 1_000_000) + 400 * 86_400_000
        db.execute("UPDATE session SET last_ms = ?, told_ms = ?", (ahead, ahead))
        db.execute("INSERT OR REPLACE INTO meta VALUES('told.no_cap', ?)", (str(ahead),))
        db.execute("INSERT INTO cap VALUES('month', 1, 'command', ?)", (ahead,))
        db.execute("INSERT INTO alert VALUES('month:2030-01', 50, ?)", (ahead,))
        db.execute(
            "INSERT INTO reservation(ts_ms, expires_ms, pid, nano, purpose)"
            " VALUES(?, ?, 1, 5, 'ask')",
            (ahead, ahead + 1),
        )
        db.commit()
    box.call_api()
    for hook in HOOKS:
        box.hook(hook)
    assert box.exact()
    assert box.log() == ""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the plugin, to be damaged."""
    return Path(plugin_copy(tmp_path / "plugin"))


def test_a_plugin_directory_that_moved_away(tmp_path: Path, plugin: Path) -> None:
    """The launcher is left but not what it starts, or only half of that: a line, no block."""
    box = Box(tmp_path, plugin=str(plugin))
    box.call_api()
    shutil.move(plugin / "cheaproute", tmp_path / "elsewhere")
    for hook in HOOKS:
        answer = box.hook(hook)
        assert (answer is not None) == (hook in SPOKEN)
        assert answer is None or "damaged" in answer["systemMessage"]
    for script in (plugin / "hooks").glob("*.py"):
        script.unlink()
    for hook in HOOKS:
        answer = box.hook(hook)
        assert (answer is not None) == (hook in SPOKEN)
        assert answer is None or "damaged" in answer["systemMessage"]
    shutil.move(tmp_path / "elsewhere", plugin / "cheaproute")
    box.plugin = ROOT
    box.hook("post_tool_batch")
    assert box.exact()


def modules() -> list[str]:
    """The modules of the rooms in which hooks live."""
    rooms = ("", "hook", "config", "ledger", "usage", "routing")
    return [
        os.path.join(room, name)
        for room in rooms
        for name in sorted(os.listdir(os.path.join(ROOT, "cheaproute", room)))
        if name.endswith(".py")
    ]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_half_updated_plugin(tmp_path: Path, plugin: Path) -> None:
    """Any one module cut short, empty or missing: exit 0, no traceback, no answer that blocks."""
    box = Box(tmp_path, plugin=str(plugin))
    box.hook("pre_tool_use")
    for number, module in enumerate(modules()):
        path = plugin / "cheaproute" / module
        whole, status = path.read_bytes(), path.stat()
        if number % 3 == 0:
            path.unlink()
        else:
            path.write_bytes(b"" if number % 3 == 1 else whole[: len(whole) // 2])
        box.call_api()
        answer = box.hook("pre_tool_use")
        assert answer is None or "updatedInput" in answer["hookSpecificOutput"], module
        path.write_bytes(whole)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    box.hook("post_tool_batch")
    assert box.exact()


@pytest.mark.parametrize("kind", ["gone", "old", "broken", "directory"])
def test_python_replaced_under_the_baked_path(tmp_path: Path, kind: str) -> None:
    """The next session finds another Python and bakes that; until then nothing blocks."""
    box = Box(tmp_path)
    fake = tmp_path / "python"
    box.bake(str(fake))
    if kind == "old":
        # What an old Python says to the launcher's question, and does with the scripts.
        fake.write_text("#!/bin/sh\ncase $5 in *usable.py) exit 1 ;; esac\nexit 0\n")
    elif kind == "broken":
        fake.write_text("#!/bin/sh\necho cannot start >&2\nexit 1\n")
    elif kind == "directory":
        fake.mkdir()
    if fake.exists():
        fake.chmod(0o755)
    good = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python3.11").symlink_to(good)
    box.env["PATH"] = f"{tools}:/usr/bin:/bin"
    box.call_api()
    hook = box.start("post_tool_batch")
    hook.communicate(box.event("post_tool_batch"), timeout=30)
    assert hook.returncode == (1 if kind == "broken" else 0)
    box.hook("session_start")
    assert (box.data / "interpreter").read_text() != f"{fake}\n"
    box.hook("post_tool_batch")
    assert box.exact()


def test_a_launcher_under_a_strange_name(tmp_path: Path, plugin: Path) -> None:
    """Blanks, quotes and line ends in the plugin's and the home's path are only characters."""
    strange = tmp_path / "a b'c\"d$(x)\n;é"
    strange.mkdir()
    moved = shutil.move(plugin, strange / "plugin")
    box = Box(strange, plugin=str(moved))
    box.call_api()
    answer = box.hook("pre_tool_use")
    assert answer is None or "updatedInput" in json.dumps(answer)
    box.hook("post_tool_batch")
    assert box.exact()
    assert box.log() == ""
