"""install.sh in a terminal: it asks for a cap, and before it takes anything away."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from cheaproute.config.venv import status
from tests.conftest import ROOT
from tests.hook.readings import link_environment

INSTALLER = os.path.join(ROOT, "install.sh")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A home with a session of some days, an environment that is built, and no client on PATH."""
    home = tmp_path / "h"
    projects = home / ".claude" / "projects" / "p"
    projects.mkdir(parents=True)
    usage = {"input_tokens": 1_000_000, "output_tokens": 10}
    message = {"model": "claude-opus-4-5", "usage": usage, "stop_reason": "end_turn"}
    row = {"type": "assistant", "sessionId": "s1", "cwd": "/x"}
    rows = [
        {**row, "timestamp": _ago(days), "message": {**message, "id": f"m{days}"}, "requestId": "r"}
        for days in (4, 0)
    ]
    (projects / "s1.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    tools = tmp_path / "tools"
    tools.mkdir()
    base = os.path.realpath(status.base())
    (tools / "python3.11").symlink_to(base)
    data = home / ".local" / "share" / "cheaproute"
    data.mkdir(parents=True)
    link_environment(str(data))
    (data / "interpreter").write_text(status.base() + "\n")
    return {"HOME": str(home), "PATH": f"{tools}:/usr/bin:/bin", "TERM": "dumb"}


def _ago(days: int) -> str:
    at = time.time() - 3600 - 86400 * days
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))


def terminal(
    env: dict[str, str], answers: dict[str, list[str]], *words: str, program: str = INSTALLER
) -> tuple[int, str]:
    """Run install.sh in a terminal; (code, all it said).

    Each time that a question comes up, the next of its answers is typed.
    """
    process, master = pty.fork()
    if process == 0:
        os.execve(program, [program, *words], env)  # noqa: S606
    said, end = "", time.monotonic() + 100
    left = {question: list(texts) for question, texts in answers.items()}
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                said += os.read(master, 65536).decode("utf-8", "replace")
            except OSError:
                break
        elif os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        for question, texts in left.items():
            if texts and said.count(question) > len(answers[question]) - len(texts):
                os.write(master, (texts.pop(0) + "\n").encode())
    os.close(master)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.replace("\r\n", "\n")


@pytest.mark.slow
def test_it_asks_for_a_cap_and_before_taking_away(machine: dict[str, str]) -> None:
    """The suggestion is one letter away, after a slip, too; the last lines name what to run.

    `no` adds nothing to the client and removes nothing; what was typed before a question is no
    answer to it.
    """
    client = Path(machine["PATH"].partition(":")[0]) / "claude"
    client.write_text('#!/bin/sh\necho "$@" >>"$HOME/asked"\n')
    client.chmod(0o755)
    os.umask(0)
    code, said = terminal(
        machine,
        {
            "Put a cheaproute command": ["y"],
            "Add cheaproute to Claude Code": ["n"],
            "Monthly cap in USD": ["fifty", "y"],
        },
    )
    assert code == 0, said
    assert "claude plugin install cheaproute@cheaproute" in said
    assert not (Path(machine["HOME"]) / "asked").exists()
    client.unlink()
    assert said.count("(y: as suggested; empty: none)") == 2
    assert "cheaproute plan" in said
    command = os.path.join(ROOT, "bin", "cheaproute")
    assert f"(cheaproute is {command} here: no command of that name is on your PATH)" in said
    done = subprocess.run(
        [command, "cap", "--json"], env=machine, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["month"]["limit_usd"] > 5
    home = Path(machine["HOME"])
    assert (home / ".local" / "bin" / "cheaproute").is_symlink()
    assert (home / ".local" / "bin").stat().st_mode & 0o077 == 0  # under any umask

    code, said = terminal(machine, {"Take cheaproute away?": ["maybe", "n"]}, "--uninstall")
    assert code == 1
    assert "nothing was removed" in said
    assert (home / ".local" / "bin" / "cheaproute").is_symlink()
    answers = {"Take cheaproute away?": ["y"], "==> Files": ["y"], "settings for good?": ["n"]}
    code, said = terminal(machine, answers, "--uninstall", "--purge")
    assert code == 0, said
    assert "The ledger has 2 calls of " in said.partition("settings for good?")[0]
    assert not (home / ".local" / "bin" / "cheaproute").is_symlink()
    assert os.listdir(home / ".local" / "share" / "cheaproute") == ["ledger.db"]


@pytest.mark.long
def test_where_a_cap_is_reached_the_last_line_says_that_nothing_is_sent(
    machine: dict[str, str],
) -> None:
    """And how to raise it or take it away; below the cap there is no such line."""
    code, said = terminal(machine, {}, "--yes", "--no-plugin", "--cap", "1")
    assert code == 0, said
    last = said.rstrip().rpartition("\n")[2]
    assert last.lstrip().startswith("Stopped: the monthly cap is reached"), said
    assert "cheaproute cap raise" in last
    assert "`cheaproute cap unset" in last
    code, said = terminal(machine, {}, "--yes", "--no-plugin", "--cap", "500")
    assert code == 0, said
    assert "Stopped:" not in said


@pytest.mark.slow
def test_an_environment_that_cannot_be_built_stops_only_what_needs_it(
    machine: dict[str, str],
) -> None:
    """The command and the plugin are there, the cause and what to run again are named."""
    data = Path(machine["HOME"]) / ".local" / "share" / "cheaproute"
    for one in data.glob("venv*"):
        shutil.rmtree(one)
    (data / "environment.log").mkdir()
    code, said = terminal(machine, {}, "--yes", "--no-plugin")
    assert code == 1, said
    assert "could not be built" in said
    assert f"{ROOT}/install.sh\n" in said.partition("==> Not done")[2]
    assert (Path(machine["HOME"]) / ".local" / "bin" / "cheaproute").is_symlink()
    assert "==> History" not in said


@pytest.mark.slow
def test_a_copy_that_is_not_whole_ends_in_what_to_do(
    machine: dict[str, str], tmp_path: Path
) -> None:
    """Where the ledger cannot be opened the last lines say why, what holds, and what to run."""
    copy = tmp_path / "copy"
    for name in ("cheaproute", "hooks", "bin"):
        shutil.copytree(
            os.path.join(ROOT, name), copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("install.sh", "requirements.lock"):
        shutil.copy(os.path.join(ROOT, name), copy / name)
    shutil.copytree(os.path.join(ROOT, ".claude-plugin"), copy / ".claude-plugin")
    last = max((copy / "cheaproute" / "ledger" / "migrations").iterdir())
    last.unlink()
    code, said = terminal(machine, {}, "--yes", "--no-plugin", program=str(copy / "install.sh"))
    assert code == 1, said
    end = said.partition("==> Not done")[2]
    assert f"{last} is missing: install it again" in end
    assert "no cap holds" in end
    assert end.rstrip().endswith(f"{copy}/install.sh")
